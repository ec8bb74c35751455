// Finds paths of 2 relationships from a user to a movie: user - movie - movie. The last step is a
// derived relationship from the movie that the user rated, written by pipeline enrich. Paths with
// the greatest weight come first, and among equal weights those with the newest rating. No path
// contains the user's own rating of the movie or a held-out rating.
// In Browser: :params {userId: 1, movieId: 1, limit: 25}
// Parameters: $userId, $movieId, $limit
// Returns: steps (maps of entity, kind, key, name, year; from user to movie), relations (for each
//   step to the next, the relationship types between them), weights (by relationship type), age
//   (number of the user's later training ratings), rating (stars, null if there are none)
MATCH (u:User {userId: $userId}), (target:Movie {movieId: $movieId})
MATCH (u)-[rated:RATED]->(source)-[next:WATCHED_NEXT|SIMILAR]->(target)
WHERE source <> target AND next.weight IS NOT NULL
WITH u, rated, source, target, next
ORDER BY next.weight DESC
WITH u, rated, source, target, collect(type(next)) AS types,
     collect({relation: type(next), weight: next.weight}) AS weights
ORDER BY weights[0].weight DESC, rated.position DESC
LIMIT $limit
RETURN [n IN [u, source, target] | {
         entity: n.entityId,
         kind: [label IN ['User', 'Movie', 'Person', 'Genre'] WHERE label IN labels(n)][0],
         key: coalesce(n.userId, n.movieId),
         name: n.title,
         year: n.year
       }] AS steps,
       [['RATED'], types] AS relations,
       weights,
       COUNT { (u)-[later:RATED]->() WHERE later.position > rated.position } AS age,
       rated.rating AS rating
