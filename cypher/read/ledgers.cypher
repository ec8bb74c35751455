// Lists every recommendation of one run whose score is a sum of paths, with the summands. Users are
// in order of entityId.
// Parameters: $runId
// Returns: user (entityId), rank, score, taste, popularity, kinds, kindScores, paths, pathWeights,
//   pathRelations
MATCH (u:User)-[r:RECOMMENDED {runId: $runId}]->(:Movie)
WHERE r.taste IS NOT NULL
RETURN u.entityId AS user, r.rank AS rank, r.score AS score, r.taste AS taste,
       r.popularity AS popularity, r.kinds AS kinds, r.kindScores AS kindScores,
       r.paths AS paths, r.pathWeights AS pathWeights, r.pathRelations AS pathRelations
ORDER BY user, rank
