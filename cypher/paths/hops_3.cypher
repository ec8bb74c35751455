// Finds everything needed to build the paths of 3 relationships from users to movies: user - movie
// - attribute - movie. Returns one row per user. An attribute is included if two of the movies
// share it, at least one of them from the user's history. It comes with the user's training movies
// and the other requested movies that have it. A requested movie that is in the user's history is
// listed under histories. A movie that is tied to an attribute twice (an actor who directs) is
// listed twice.
// In Browser: :param users => [{user: 0, historyStart: 0, historyEnd: 1000000,
//   movies: [950, 951, 952]}]
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds)
// Returns: user (entityId), connectors (entityIds of attributes), histories (for each connector
//   entityIds of movies), others (the same)
UNWIND $users AS asked
CALL (asked) {
  MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(movie)
  WHERE asked.historyStart <= rated.position < asked.historyEnd
  RETURN collect(movie) AS watched, collect(movie.entityId) AS watchedIds
}
CALL (asked, watched, watchedIds) {
  CALL (asked, watched, watchedIds) {
    UNWIND watched AS movie
    WITH movie, movie.entityId AS history
    MATCH (movie)-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(connector)
    RETURN connector, history, null AS other
    UNION ALL
    UNWIND [id IN asked.movies WHERE NOT id IN watchedIds] AS other
    MATCH (:Entity {entityId: other})-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(connector)
    RETURN connector, null AS history, other
  }
  WITH connector, collect(history) AS history, collect(other) AS others
  WHERE size(history) > 0 AND size(history) + size(others) > 1
  RETURN collect(connector.entityId) AS connectors, collect(history) AS histories,
         collect(others) AS others
}
RETURN asked.user AS user, connectors, histories, others
