// Lists a user's recommendations of one run with the reasons in words.
// Parameters: $userId, $runId
// Returns: rank, movie, score, reasons (sentences)
MATCH (:User {userId: $userId})-[recommended:RECOMMENDED {runId: $runId}]->(movie:Movie)
RETURN recommended.rank AS rank, movie.name AS movie, recommended.score AS score,
       recommended.explanation AS reasons ORDER BY rank
