// Finds the paths of 3 relationships from users to their candidates through an attribute: user -
// movie - attribute - movie. Returns one row for each attribute: its paths are the pairs of a movie
// in a user's history and a candidate of that user. So an attribute is read once for all users. Only
// training ratings are on a path, and only those of the positions given. A movie that is tied to an
// attribute twice (an actor who directs) is listed twice.
// In Browser: :params {candidates: [950, 951, 952],
//   users: [{user: 0, historyStart: 0, historyEnd: 100}]}
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, films: null, or entityIds of what someone who
//   is not in the graph watched, oldest first), $candidates (entityIds of the candidates of all of
//   these users)
// Returns: attribute (entityId), films (entityIds of the movies in the users' histories that have
//   it), candidates (entityIds), types (the relationship type of each of these candidates)
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
MATCH (film)-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(attribute)
WITH attribute, collect(film.entityId) AS films
CALL (attribute) {
  MATCH (attribute)-[last:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(candidate)
  WHERE candidate.entityId IN $candidates
  RETURN collect(candidate.entityId) AS candidates, collect(type(last)) AS types
}
WITH attribute, films, candidates, types WHERE size(candidates) > 0
RETURN attribute.entityId AS attribute, films, candidates, types
