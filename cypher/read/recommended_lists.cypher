// Lists every user's recommended movies of one run in order of rank, and how many have a path.
// Parameters: $runId, $writing (see read/runs)
// Returns: user (entityId), movies (entityIds), explained (number of movies with a path)
MATCH (u:User)-[r:RECOMMENDED {runId: $runId}]->(m:Movie)
WHERE coalesce(r.writing, 0) = $writing
WITH u, r, m ORDER BY r.rank
RETURN u.entityId AS user,
       collect(m.entityId) AS movies,
       sum(CASE WHEN size(r.paths) > 0 THEN 1 ELSE 0 END) AS explained
ORDER BY user
