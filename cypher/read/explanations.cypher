// Lists a user's recommendations of one run with their explanations, best first.
// Parameters: $userId, $runId, $writing (see read/runs)
// Returns: movieId, title, year, rank, score, closeness, explanation, explanationShares,
//   pathWeights; the summands of
//   the score, null if it is not a sum of paths: taste, popularity, kinds, kindScores, tasteMovies
//   (maps of title and year) and tasteParts
MATCH (:User {userId: $userId})-[r:RECOMMENDED {runId: $runId}]->(m:Movie)
WHERE coalesce(r.writing, 0) = $writing
RETURN m.movieId AS movieId, m.title AS title, m.year AS year, r.rank AS rank,
       r.score AS score, r.closeness AS closeness, r.explanation AS explanation,
       coalesce(r.explanationShares, []) AS explanationShares,
       r.pathWeights AS pathWeights, r.taste AS taste, r.popularity AS popularity,
       r.kinds AS kinds, r.kindScores AS kindScores, r.tasteParts AS tasteParts,
       COLLECT {
         UNWIND r.tasteMovies AS id
         MATCH (film:Entity {entityId: id})
         RETURN {title: film.title, year: film.year}
       } AS tasteMovies
ORDER BY rank
