// Lists the users to whom a run recommends a film, as nodes, in the order of its rank.
// Parameters: $movieId, $runId
// Returns: user (node)
MATCH (user:User)-[recommended:RECOMMENDED {runId: $runId}]->(:Movie {movieId: $movieId})
RETURN user ORDER BY recommended.rank, user.userId
