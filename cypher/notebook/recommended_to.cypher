// Lists the users to whom a run recommends a film, as nodes, in the order of its rank.
// Parameters: $movieId, $runId
// Returns: user (node)
MATCH (run:Run {runId: $runId})
MATCH (user:User)-[recommended:RECOMMENDED {runId: $runId}]->(:Movie {movieId: $movieId})
WHERE coalesce(recommended.writing, 0) = coalesce(run.writing, 0)
RETURN user ORDER BY recommended.rank, user.userId
