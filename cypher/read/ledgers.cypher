// Lists every recommendation of one run with its paths and, where the score is a sum of paths, the
// summands. Users are in order of entityId.
// Parameters: $runId, $writing (see read/runs)
// Returns: user, movie (entityIds), rank, score, taste, popularity, kinds, kindScores (null if the
//   score is not a sum of paths), paths, pathWeights, pathRelations (null if the run has none)
MATCH (u:User)-[r:RECOMMENDED {runId: $runId}]->(m:Movie)
WHERE coalesce(r.writing, 0) = $writing
RETURN u.entityId AS user, m.entityId AS movie, r.rank AS rank, r.score AS score,
       r.taste AS taste, r.popularity AS popularity, r.kinds AS kinds,
       r.kindScores AS kindScores, r.paths AS paths, r.pathWeights AS pathWeights,
       r.pathRelations AS pathRelations
ORDER BY user, rank
