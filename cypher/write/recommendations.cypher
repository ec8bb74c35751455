// Stores recommendations of one run. Each row has user and movie (entityIds), rank (from 1), score,
// closeness (or null), explanation (sentences), explanationShares (the signed share of the score
// that each sentence stands for), paths (entityIds joined by ">"), pathWeights, pathRelations (the
// type of each path's last relationship, or null) and ledger (a map of the summands of the score:
// taste, popularity, pathScore, kinds and kindScores of the paths, and tasteMovies and tasteParts;
// empty if the score is not a sum of paths) and because (maps of source, path, name, share and
// sentence: the BECAUSE relationships that draw the explanation, each from the last node before the
// movie on a path; path is its place in paths, from 0).
// Parameters: $runId, $writing (see write/run), $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:Entity {entityId: row.user})
MATCH (m:Entity {entityId: row.movie})
CREATE (u)-[r:RECOMMENDED {
  runId: $runId,
  writing: $writing,
  rank: row.rank,
  score: row.score,
  closeness: row.closeness,
  explanation: row.explanation,
  explanationShares: row.explanationShares,
  paths: row.paths,
  pathWeights: row.pathWeights,
  pathRelations: row.pathRelations
}]->(m)
SET r += row.ledger
WITH u, m, row
UNWIND row.because AS reason
MATCH (source:Entity {entityId: reason.source})
CREATE (source)-[:BECAUSE {
  runId: $runId,
  writing: $writing,
  userId: u.userId,
  rank: row.rank,
  path: reason.path,
  name: reason.name,
  share: reason.share,
  sentence: reason.sentence
}]->(m)
