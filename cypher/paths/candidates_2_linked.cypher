// Finds the paths of 2 relationships from users to their candidates over a relationship between two
// movies that the owner of the graph made (in a graph of someone else; MovieLens has none): user -
// movie - movie. Returns one row for each movie of the users' histories: its paths are the pairs of a
// rating and a candidate of the same user. A relationship whose weight is no number above 0 is on no
// path.
// In Browser: :params {weightOf: {}, directed: [], candidates: [950, 951, 952],
//   users: [{user: 0, historyStart: 0, historyEnd: 100}]}
// Parameters: $weightOf (relationship type -> property with its weight, null for none), $directed
//   (types that are followed from the user's movie only if they start there), $users (maps of user:
//   entityId, historyStart and historyEnd: only RATED with historyStart <= position < historyEnd are
//   used, films: null, or entityIds of what someone who is not in the graph watched, oldest first),
//   $candidates (entityIds of the candidates of all of these users)
// Returns: movie (entityId), candidates (entityIds), types (of the relationships), weights
CALL () {
  UNWIND $users AS asked
  MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(film)
  WHERE asked.historyStart <= rated.position < asked.historyEnd
  RETURN film
  UNION
  UNWIND $users AS asked
  UNWIND coalesce(asked.films, []) AS id
  MATCH (film:Entity {entityId: id})
  RETURN film
}
MATCH (film)-[link:LINKED]-(candidate:Movie)
WHERE candidate.entityId IN $candidates AND candidate <> film
  AND (NOT type(link) IN $directed OR startNode(link) = film)
WITH film, candidate, type(link) AS type, properties(link) AS properties
WITH film, candidate, type,
     CASE WHEN $weightOf[type] IS NULL THEN 1.0
          ELSE toFloatOrNull(properties[$weightOf[type]]) END AS weight
WHERE 0 < weight < 1e30
WITH film, candidate, type, max(weight) AS weight
RETURN film.entityId AS movie, collect(candidate.entityId) AS candidates, collect(type) AS types,
       collect(weight) AS weights
