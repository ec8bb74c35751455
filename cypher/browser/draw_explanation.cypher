// Draws why a movie was recommended: the user, the films that speak for it, what connects them, and
// the movie. The number on BECAUSE is the reason's share of the score, and the sentence is among its
// properties. Run the three lines below with your values, then this query.
//   :param userId => 1
//   :param rank => 1
//   :param runId => 'rkan-ml-100k-1a2b3c4d'
// Parameters: $userId, $rank, $runId
// Returns: user, recommended (relationship), movie, because, nodes, relationships
MATCH (run:Run {runId: $runId})
MATCH (user:User {userId: $userId})-[recommended:RECOMMENDED {runId: $runId, rank: $rank}]->(movie:Movie)
WHERE coalesce(recommended.writing, 0) = coalesce(run.writing, 0)
OPTIONAL MATCH ()-[because:BECAUSE {runId: $runId, userId: $userId, rank: $rank}]->(movie)
WHERE coalesce(because.writing, 0) = coalesce(run.writing, 0)
WITH user, recommended, movie, because, split(recommended.paths[because.path], '>') AS ids
UNWIND CASE WHEN because IS NULL THEN [null] ELSE range(0, size(ids) - 3) END AS step
OPTIONAL MATCH (from:Entity {entityId: toInteger(ids[step])})
OPTIONAL MATCH (to:Entity {entityId: toInteger(ids[step + 1])})
CALL (from, to) {
  OPTIONAL MATCH (from)-[edge:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE|KNOWS]-(to)
  RETURN edge LIMIT 1
}
RETURN user, recommended, movie, collect(DISTINCT because) AS because,
       collect(DISTINCT to) AS nodes, collect(DISTINCT edge) AS relationships
