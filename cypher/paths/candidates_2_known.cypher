// Finds the paths of 2 relationships from users to their candidates over a relationship between two
// users that the owner of the graph made (in a graph of someone else; MovieLens has none): user -
// other user - movie. Returns one row for each other user, whose history is read once: its paths are
// the pairs of a user and a candidate of that user in the history. A relationship whose weight is no
// number above 0 is on no path.
// In Browser: :params {weightOf: {}, directed: [], users: [{user: 0}]}
// Parameters: $weightOf (relationship type -> property with its weight, null for none), $directed
//   (types that are followed from the user only if they start there), $users (maps of user: entityId)
// Returns: other (entityId), users (entityIds), weights (one for each user), movies (those that the
//   other user watched, entityIds, oldest first), positions, ratings (stars, NaN without stars)
UNWIND $users AS asked
MATCH (user:Entity {entityId: asked.user})-[link:KNOWS]-(other:User)
WHERE other <> user AND (NOT type(link) IN $directed OR startNode(link) = user)
WITH asked.user AS user, other, type(link) AS type, properties(link) AS properties
WITH user, other,
     CASE WHEN $weightOf[type] IS NULL THEN 1.0
          ELSE toFloatOrNull(properties[$weightOf[type]]) END AS weight
WHERE 0 < weight < 1e30
WITH user, other, max(weight) AS weight
WITH other, collect(user) AS users, collect(weight) AS weights
CALL (other) {
  MATCH (other)-[rated:RATED]->(movie)
  WITH rated.position AS position, rated.rating AS rating, movie.entityId AS movie
  ORDER BY position
  RETURN collect(movie) AS movies, collect(position) AS positions,
         collect(coalesce(rating, 0.0 / 0.0)) AS ratings
}
RETURN other.entityId AS other, users, weights, movies, positions, ratings
