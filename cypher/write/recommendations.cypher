// Stores recommendations of one run. Each row has user and movie (entityIds), rank (from 1), score,
// closeness, explanation (sentences), paths (entityIds joined by ">"), pathWeights, pathScore and
// linearScore (the parts of the score from paths and from everything else, or null).
// Parameters: $runId, $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:Entity {entityId: row.user})
MATCH (m:Entity {entityId: row.movie})
CREATE (u)-[:RECOMMENDED {
  runId: $runId,
  rank: row.rank,
  score: row.score,
  closeness: row.closeness,
  explanation: row.explanation,
  paths: row.paths,
  pathWeights: row.pathWeights,
  pathScore: row.pathScore,
  linearScore: row.linearScore
}]->(m)
