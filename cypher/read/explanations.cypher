// Lists a user's recommendations of one run with their explanations, best first.
// Parameters: $userId, $runId
// Returns: movieId, title, year, rank, score, closeness, explanation, paths, pathWeights,
//   pathScore and linearScore (null for RKAN)
MATCH (:User {userId: $userId})-[r:RECOMMENDED {runId: $runId}]->(m:Movie)
RETURN m.movieId AS movieId, m.title AS title, m.year AS year, r.rank AS rank,
       r.score AS score, r.closeness AS closeness, r.explanation AS explanation,
       r.paths AS paths, r.pathWeights AS pathWeights,
       r.pathScore AS pathScore, r.linearScore AS linearScore
ORDER BY rank
