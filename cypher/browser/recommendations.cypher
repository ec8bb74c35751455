// Draws a user's recommendations of one run. Rank, score and the reasons in words are among the
// properties of the relationships.
// Parameters: $userId, $runId
// Returns: user, recommended (relationship), movie
MATCH (run:Run {runId: $runId})
MATCH (user:User {userId: $userId})-[recommended:RECOMMENDED {runId: $runId}]->(movie:Movie)
WHERE coalesce(recommended.writing, 0) = coalesce(run.writing, 0)
RETURN user, recommended, movie ORDER BY recommended.rank
