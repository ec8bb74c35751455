// Stores recommendations of one run. Each row has user and movie (entityIds), rank (from 1), score,
// closeness (or null), explanation (sentences), paths (entityIds joined by ">"), pathWeights,
// pathRelations (the type of each path's last relationship, or null) and ledger (a map of the
// summands of the score: taste, popularity, pathScore, kinds and kindScores of the paths, and
// tasteMovies and tasteParts; empty if the score is not a sum of paths).
// Parameters: $runId, $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:Entity {entityId: row.user})
MATCH (m:Entity {entityId: row.movie})
CREATE (u)-[r:RECOMMENDED {
  runId: $runId,
  rank: row.rank,
  score: row.score,
  closeness: row.closeness,
  explanation: row.explanation,
  paths: row.paths,
  pathWeights: row.pathWeights,
  pathRelations: row.pathRelations
}]->(m)
SET r += row.ledger
