// Lists a user's recommendations of one run with the reasons in words.
// Parameters: $userId, $runId
// Returns: rank, movie, score, reasons (sentences)
MATCH (run:Run {runId: $runId})
MATCH (:User {userId: $userId})-[recommended:RECOMMENDED {runId: $runId}]->(movie:Movie)
WHERE coalesce(recommended.writing, 0) = coalesce(run.writing, 0)
RETURN recommended.rank AS rank, movie.name AS movie, recommended.score AS score,
       recommended.explanation AS reasons ORDER BY rank
