// Finds everything needed to build the paths of up to 5 relationships from users to movies: user -
// movie - attribute - movie - attribute - movie. Works like hops_3, but each attribute also comes
// with the movies of viaMovies that have it. The inner movies of a path are among these.
// In Browser: :param users => [{user: 0, historyStart: 0, historyEnd: 1000000,
//   movies: [950], viaMovies: [960]}]
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds, viaMovies: entityIds)
// Returns: user (entityId), connectors (entityIds of attributes), histories (for each
//   connector entityIds of movies), others (the same), vias (the same)
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
    RETURN connector, history, null AS other, null AS via
    UNION ALL
    UNWIND [id IN asked.movies WHERE NOT id IN watchedIds] AS other
    MATCH (:Entity {entityId: other})-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(connector)
    RETURN connector, null AS history, other, null AS via
    UNION ALL
    UNWIND asked.viaMovies AS via
    MATCH (:Entity {entityId: via})-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(connector)
    RETURN connector, null AS history, null AS other, via
  }
  WITH connector, collect(history) AS history, collect(other) AS others,
       collect(via) AS vias
  WHERE size(history) > 0 AND size(history) + size(others) > 1
     OR size(history) + size(others) > 0 AND size(vias) > 0
  RETURN collect(connector.entityId) AS connectors, collect(history) AS histories,
         collect(others) AS others, collect(vias) AS vias
}
RETURN asked.user AS user, connectors, histories, others, vias
