// Finds the paths of 2 relationships from users to their candidates over a relationship between two
// users that the owner of the graph made (in a graph of someone else; MovieLens has none): user -
// other user - movie. Returns one row for each other user, whose history is read once: its paths are
// the pairs of a user and a candidate of that user in the history. A relationship whose weight is no
// number above 0 is on no path.
// In Browser: :params {weightOf: {}, directed: [], late: 0.0, users: [{user: 0}]}
// Parameters: $weightOf (relationship type -> property with its weight, null for none), $directed
//   (types that are followed from the user only if they start there), $users (maps of user: entityId),
//   $late (share of the other user's training ratings, the last ones, that are on no path)
// Returns: other (entityId), users (entityIds), weights (one for each user), movies (the newest 100 of
//   the other user, entityIds, oldest first), ratings (stars, NaN without stars)
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
  WITH rated.rating AS rating, movie.entityId AS movie ORDER BY rated.position
  WITH collect(movie) AS movies, collect(coalesce(rating, 0.0 / 0.0)) AS ratings
  WITH movies, ratings, toInteger(round((1 - $late) * size(movies))) AS end
  WITH movies, ratings, end, CASE WHEN end > 100 THEN end - 100 ELSE 0 END AS start
  RETURN movies[start .. end] AS movies, ratings[start .. end] AS ratings
}
RETURN other.entityId AS other, users, weights, movies, ratings
