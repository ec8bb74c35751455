// Finds the paths of 3 relationships from users to their candidates through another user: user -
// movie - other user - movie. The other user once watched what the user has just watched
// (WATCHED_ALIKE), the first movie of the path among it, and then the candidate. Returns one row for
// each other user, whose history is read once: its paths are the pairs of a rating and a candidate
// of the same user among what the other user watched next.
// In Browser: :params {weight: 'weight', users: [{user: 0, historyStart: 0, historyEnd: 100}]}
// Parameters: $weight (the property with the weight of WATCHED_ALIKE: weight or earlyWeight),
//   $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used)
// Returns: other (the other user, entityId), and for each user who watched alike: users (entityIds),
//   positions (of the user's rating on the path), weights (of WATCHED_ALIKE), watchedNext (a list of
//   what the other user watched next, entityIds in that order)
UNWIND $users AS asked
MATCH (user:Entity {entityId: asked.user})-[alike:WATCHED_ALIKE]->(other)
WITH asked, user, alike, other, alike[$weight] AS weight
WHERE weight IS NOT NULL
MATCH (user)-[rated:RATED]->(:Entity {entityId: alike.movie})
WHERE asked.historyStart <= rated.position < asked.historyEnd
WITH other, collect({user: asked.user, weight: weight, position: rated.position,
                     after: alike.position, until: alike.until}) AS pairs
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
RETURN other.entityId AS other, collect(pair.user) AS users, collect(pair.position) AS positions,
       collect(pair.weight) AS weights, collect(history[after + 1 .. last + 1]) AS watchedNext
