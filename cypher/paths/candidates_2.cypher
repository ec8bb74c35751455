// Finds the paths of 2 relationships from users to their candidates: user - movie - movie. The last
// relationship is WATCHED_NEXT or SIMILAR. Returns one row per user. Only training ratings are on a
// path, and only those of the positions given.
// In Browser: :params {weight: 'weight', users: [{user: 0, historyStart: 0, historyEnd: 100,
//   movies: [950, 951, 952]}]}
// Parameters: $weight (the property with the weight of a derived relationship: weight or
//   earlyWeight), $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds of the candidates,
//   films: null, or entityIds of what someone who is not in the graph watched, oldest first)
// Returns: user (entityId), films (maps of movie: entityId, position and rating of the ratings in
//   use), derived (a map of lists, with an element for each path over a derived relationship:
//   positions, types, weights and candidates)
UNWIND $users AS asked
CALL (asked) {
  CALL (asked) {
    MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(film)
    WHERE asked.historyStart <= rated.position < asked.historyEnd
    RETURN film, rated.position AS position, rated.rating AS rating
    UNION ALL
    UNWIND range(0, size(coalesce(asked.films, [])) - 1) AS position
    MATCH (film:Entity {entityId: asked.films[position]})
    RETURN film, position, null AS rating
  }
  RETURN collect({film: film, position: position, rating: rating}) AS history
}
CALL (asked) {
  UNWIND asked.movies AS id
  MATCH (movie:Entity {entityId: id})
  RETURN collect(movie) AS wanted
}
CALL (wanted, history) {
  UNWIND history AS seen
  WITH wanted, seen.film AS film, seen.position AS position
  MATCH (film)-[next:WATCHED_NEXT|SIMILAR]->(candidate)
  WHERE candidate IN wanted
  WITH position, type(next) AS type, next[$weight] AS weight, candidate.entityId AS candidate
  WHERE weight IS NOT NULL
  RETURN collect(position) AS positions, collect(type) AS types, collect(weight) AS weights,
         collect(candidate) AS candidates
}
RETURN asked.user AS user,
       [seen IN history | {movie: seen.film.entityId, position: seen.position,
                           rating: seen.rating}] AS films,
       {positions: positions, types: types, weights: weights, candidates: candidates} AS derived
