// Finds everything needed to build the paths of 3 relationships from users to movies: user - movie
// - attribute - movie. Returns one row for each user with the movies of the history, and one for
// each attribute with those movies of the histories and requested movies that have it, if there are
// two. So an attribute is read once for all users: a path takes two movies of its row, the first of
// them from the user's history. Only training ratings are used, and only those of the positions
// given. A movie that is tied to an attribute twice (an actor who directs) is listed twice.
// In Browser: :params {movies: [950, 951, 952],
//   users: [{user: 0, historyStart: 0, historyEnd: 1000000}]}
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used), $movies (entityIds, requested by any user)
// Returns: entity (entityId of a user or an attribute), movies (entityIds)
UNWIND $users AS asked
MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(movie)
WHERE asked.historyStart <= rated.position < asked.historyEnd
RETURN asked.user AS entity, collect(movie.entityId) AS movies
UNION ALL
CALL () {
  UNWIND $users AS asked
  MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(movie)
  WHERE asked.historyStart <= rated.position < asked.historyEnd
  RETURN movie
  UNION
  UNWIND $movies AS id
  MATCH (movie:Entity {entityId: id})
  RETURN movie
}
MATCH (movie)-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(attribute)
WITH attribute, collect(movie.entityId) AS movies
WHERE size(movies) > 1
RETURN attribute.entityId AS entity, movies
