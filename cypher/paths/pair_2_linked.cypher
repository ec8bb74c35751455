// Finds paths of 2 relationships from a user to a movie over a relationship that the owner of the
// graph made, between two movies or two users: user - movie - movie, or user - user - movie. Only
// graphs of someone else have them. Those of the newest ratings come first.
// In Browser: :params {userId: 1, movieId: 1, directed: [], limit: 25}
// Parameters: $userId, $movieId, $directed (types that count from the user's movie, or the user, to
//   the other one only), $limit
// Returns: steps (maps of entity, kind, key, name, year; from user to movie), relations (for each
//   step to the next, the relationship types between them)
MATCH (u:User {userId: $userId}), (target:Movie {movieId: $movieId})
CALL (u, target) {
  MATCH (u)-[rated:RATED]->(m1)-[link:LINKED]-(target)
  WHERE m1 <> target AND (NOT type(link) IN $directed OR startNode(link) = m1)
  RETURN m1 AS middle, type(rated) AS first, type(link) AS last, rated.position AS position
  UNION
  MATCH (u)-[link:KNOWS]-(other:User)-[rated:RATED]->(target)
  WHERE other <> u AND (NOT type(link) IN $directed OR startNode(link) = u)
  RETURN other AS middle, type(link) AS first, type(rated) AS last, rated.position AS position
}
WITH u, middle, target, collect(DISTINCT first) AS firsts, collect(DISTINCT last) AS lasts,
     max(position) AS position
ORDER BY position DESC, middle.entityId
LIMIT $limit
RETURN [n IN [u, middle, target] | {
         entity: n.entityId,
         kind: [label IN ['User', 'Movie', 'Person', 'Genre'] WHERE label IN labels(n)][0],
         key: coalesce(n.userId, n.movieId),
         name: coalesce(n.title, n.name),
         year: n.year
       }] AS steps,
       [firsts, lasts] AS relations
