// Finds everything needed to build the paths of 5 relationships from users to their candidates
// through two people: user - movie - person - movie - person - movie. Returns one row per user. The
// paths are the pairs of a first half (rating, person, movie) and a second half (movie, person,
// candidate) that meet in a movie and have different people. Only training ratings are on a path,
// and only those of the positions given. Someone with two parts in a movie is listed twice. Someone
// in more than 1000 movies joins nearly any two of them, which says little, and is left out: else the
// halves of a user could be as many as the movies of the user times all movies.
// In Browser: :params {users: [{user: 0, historyStart: 0, historyEnd: 100,
//   movies: [950, 951, 952]}]}
// Parameters: $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds of the candidates)
// Returns: user (entityId), positions (of the rating of each first half), firsts (its person,
//   entityIds), firstMovies (its movie), secondMovies (movie of each second half, entityIds),
//   seconds (its person), candidates (entityIds), types (relationship type of person and candidate)
UNWIND $users AS asked
CALL (asked) {
  MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(film)
  WHERE asked.historyStart <= rated.position < asked.historyEnd
  MATCH (film)-[:DIRECTED|ACTED_IN|WROTE]-(first)-[:DIRECTED|ACTED_IN|WROTE]-(middle:Movie)
  WHERE middle <> film AND COUNT { (first)-[:DIRECTED|ACTED_IN|WROTE]-() } <= 1000
  RETURN collect(rated.position) AS positions, collect(first.entityId) AS firsts,
         collect(middle.entityId) AS firstMovies
}
CALL (asked) {
  UNWIND asked.movies AS id
  MATCH (candidate:Entity {entityId: id})-[last:DIRECTED|ACTED_IN|WROTE]-(second)
  WHERE COUNT { (second)-[:DIRECTED|ACTED_IN|WROTE]-() } <= 1000
  MATCH (second)-[:DIRECTED|ACTED_IN|WROTE]-(middle:Movie)
  WHERE middle <> candidate
  RETURN collect(middle.entityId) AS secondMovies, collect(second.entityId) AS seconds,
         collect(id) AS candidates, collect(type(last)) AS types
}
RETURN asked.user AS user, positions, firsts, firstMovies, secondMovies, seconds, candidates, types
