// Finds the paths of 3 relationships from users to their candidates through another user: user -
// movie - other user - movie. The other user once watched what the user has just watched
// (WATCHED_ALIKE), the first movie of the path among it, and then the candidate. Returns a row for
// each user with such paths. The history of each other user is read once for all users asked for.
// In Browser: :params {weight: 'weight', users: [{user: 0, historyStart: 0, historyEnd: 100,
//   movies: [950, 951, 952]}]}
// Parameters: $weight (the property with the weight of WATCHED_ALIKE: weight or earlyWeight),
//   $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, movies: entityIds of the candidates)
// Returns: user (entityId), positions (of the user's rating on each path), others (the other user,
//   entityIds), weights (of WATCHED_ALIKE), steps (1 if the candidate comes next after what both
//   watched), candidates (entityIds)
UNWIND $users AS asked
MATCH (user:Entity {entityId: asked.user})-[alike:WATCHED_ALIKE]->(other)
WITH asked, user, alike, other, alike[$weight] AS weight
WHERE weight IS NOT NULL
MATCH (user)-[rated:RATED]->(:Entity {entityId: alike.movie})
WHERE asked.historyStart <= rated.position < asked.historyEnd
WITH other, collect({user: asked.user, movies: asked.movies, weight: weight,
                     position: rated.position, after: alike.position, until: alike.until}) AS pairs
CALL (other) {
  MATCH (other)-[rated:RATED]->(movie)
  WITH rated.position AS position, movie.entityId AS movie ORDER BY position
  RETURN collect(position) AS positions, collect(movie) AS history
}
// A position is a place in the history, unless ratings were added after held-out ones.
WITH other, pairs, positions, history,
     positions[-1] - positions[0] = size(positions) - 1 AS gapless, positions[0] AS first
UNWIND pairs AS pair
WITH other, pair, history,
     CASE WHEN gapless THEN pair.after - first
          ELSE size([p IN positions WHERE p <= pair.after]) - 1 END AS after,
     CASE WHEN gapless THEN pair.until - first
          ELSE size([p IN positions WHERE p <= pair.until]) - 1 END AS last
UNWIND [place IN range(after + 1, last) WHERE history[place] IN pair.movies] AS place
RETURN pair.user AS user, collect(pair.position) AS positions, collect(other.entityId) AS others,
       collect(pair.weight) AS weights, collect(place - after) AS steps,
       collect(history[place]) AS candidates
