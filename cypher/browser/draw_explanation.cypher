// Draws one recommendation and the paths that explain it. Run the three lines below with your
// values, then this query, and look at the graph.
//   :param userId => 1
//   :param rank => 1
//   :param runId => 'rkan-ml-100k-1a2b3c4d'
// Parameters: $userId, $rank, $runId
// Returns: user, recommended (relationship), movie, nodes, relationships
MATCH (user:User {userId: $userId})-[recommended:RECOMMENDED {runId: $runId, rank: $rank}]->(movie:Movie)
UNWIND range(0, CASE size(recommended.paths) WHEN 0 THEN 0 ELSE size(recommended.paths) - 1 END) AS place
WITH user, recommended, movie, split(coalesce(recommended.paths[place], ''), '>') AS ids,
     recommended.pathRelations[place] AS last
UNWIND range(0, size(ids) - 1) AS step
OPTIONAL MATCH (from:Entity {entityId: toInteger(ids[step])})
               -[edge:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE|WATCHED_NEXT|SIMILAR]-
               (to:Entity {entityId: toInteger(ids[step + 1])})
WHERE (NOT type(edge) IN ['WATCHED_NEXT', 'SIMILAR'] OR startNode(edge) = from)
  AND (last IS NULL OR step < size(ids) - 2 OR type(edge) = last)
RETURN user, recommended, movie,
       collect(DISTINCT to) AS nodes, collect(DISTINCT edge) AS relationships
