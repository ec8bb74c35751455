// Draws a user's recommendations of one run. Rank, score and the reasons in words are among the
// properties of the relationships.
// Parameters: $userId, $runId
// Returns: user, recommended (relationship), movie
MATCH (user:User {userId: $userId})-[recommended:RECOMMENDED {runId: $runId}]->(movie:Movie)
RETURN user, recommended, movie ORDER BY recommended.rank
