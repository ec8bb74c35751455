// Finds the recommendation with which a look at a run may begin: the first of its first user.
// Parameters: $runId, $users (userIds to choose from, or null for all)
// Returns: userId, movie (name)
MATCH (run:Run {runId: $runId})
MATCH (user:User)-[first:RECOMMENDED {runId: $runId, rank: 1}]->(movie:Movie)
WHERE coalesce(first.writing, 0) = coalesce(run.writing, 0)
  AND ($users IS NULL OR user.userId IN $users)
RETURN user.userId AS userId, movie.name AS movie
ORDER BY userId LIMIT 1
