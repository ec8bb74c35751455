// Finds everything needed to build the paths of up to 5 relationships from users to movies: user -
// movie - connector - movie - connector - movie. A connector is an attribute or another user. Works
// like hops_5, but the users in viaUsers are connectors too (RATED, the training part).
// In Browser: :param users => [{user: 0, historyStart: 0, historyEnd: 1000000,
//   movies: [950], viaMovies: [960], viaUsers: [{user: 1, historyStart: 0, historyEnd: 1000000}]}]
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds, viaMovies: entityIds,
//   viaUsers: other users, maps of user, historyStart and historyEnd as above)
// Returns: user (entityId), connectors (entityIds of attributes and users), histories (for each
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
    UNION ALL
    UNWIND asked.viaUsers AS passing
    MATCH (connector:Entity {entityId: passing.user})-[rated:RATED]->(movie)
    WHERE passing.historyStart <= rated.position < passing.historyEnd
    WITH connector, movie.entityId AS id
    WITH connector, id, id IN watchedIds AS known, id IN asked.viaMovies AS passed
    WHERE known OR passed OR id IN asked.movies
    RETURN connector, CASE WHEN known THEN id END AS history,
           CASE WHEN NOT known AND id IN asked.movies THEN id END AS other,
           CASE WHEN passed THEN id END AS via
  }
  WITH connector, collect(history) AS history, collect(other) AS others,
       collect(via) AS vias
  WHERE size(history) > 0 AND size(history) + size(others) > 1
     OR size(history) + size(others) > 0 AND size(vias) > 0
  RETURN collect(connector.entityId) AS connectors, collect(history) AS histories,
         collect(others) AS others, collect(vias) AS vias
}
RETURN asked.user AS user, connectors, histories, others, vias
