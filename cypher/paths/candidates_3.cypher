// Finds everything needed to build the paths of 3 relationships from users to their candidates
// through an attribute: user - movie - attribute - movie. Returns one row per user. The paths are
// the pairs of a rating and a candidate that have an attribute in common. Only training ratings are
// on a path, and only those of the positions given. A rating whose movie is tied to an attribute
// twice (an actor who directs) is listed twice.
// In Browser: :params {users: [{user: 0, historyStart: 0, historyEnd: 100,
//   movies: [950, 951, 952]}]}
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds of the candidates,
//   films: null, or entityIds of what someone who is not in the graph watched, oldest first)
// Returns: user (entityId), attributes (entityIds), positions (for each attribute those of the
//   ratings), candidates (for each attribute entityIds), types (the relationship type of each of
//   these candidates)
UNWIND $users AS asked
CALL (asked) {
  CALL (asked) {
    MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(film)
    WHERE asked.historyStart <= rated.position < asked.historyEnd
    MATCH (film)-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(attribute)
    RETURN attribute, rated.position AS position, null AS candidate, null AS type
    UNION ALL
    UNWIND range(0, size(coalesce(asked.films, [])) - 1) AS position
    MATCH (:Entity {entityId: asked.films[position]})-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(attribute)
    RETURN attribute, position, null AS candidate, null AS type
    UNION ALL
    UNWIND asked.movies AS candidate
    MATCH (:Entity {entityId: candidate})-[last:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(attribute)
    RETURN attribute, null AS position, candidate, type(last) AS type
  }
  WITH attribute, collect(position) AS positions, collect(candidate) AS candidates,
       collect(type) AS types
  WHERE size(positions) > 0 AND size(candidates) > 0
  RETURN collect(attribute.entityId) AS attributes, collect(positions) AS positions,
         collect(candidates) AS candidates, collect(types) AS types
}
RETURN asked.user AS user, attributes, positions, candidates, types
