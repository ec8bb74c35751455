// Finds the paths of 2 relationships from users to their candidates: user - movie - movie. The last
// relationship is WATCHED_NEXT or SIMILAR. Returns one row for each movie of the users' histories:
// its paths are the pairs of a rating and a candidate of the same user. So what leaves a movie is
// read once, however many of the users have watched it. Only training ratings are on a path, and
// only those of the positions given.
// In Browser: :params {weight: 'weight', candidates: [950, 951, 952],
//   users: [{user: 0, historyStart: 0, historyEnd: 100}]}
// Parameters: $weight (the property with the weight of a derived relationship: weight or
//   earlyWeight), $users (maps of user: entityId, historyStart and historyEnd: only RATED with
//   historyStart <= position < historyEnd are used, films: null, or entityIds of what someone who
//   is not in the graph watched, oldest first), $candidates (entityIds of the candidates of all of
//   these users)
// Returns: movie (entityId), users, positions and ratings (of each rating of the movie: the user's
//   entityId, its position and stars, NaN without stars), next and nextWeights (the candidates that
//   WATCHED_NEXT leads to, entityIds, and its weights), similar and similarWeights (the same of
//   SIMILAR)
UNWIND $users AS asked
CALL (asked) {
  MATCH (:Entity {entityId: asked.user})-[rated:RATED]->(film)
  WHERE asked.historyStart <= rated.position < asked.historyEnd
  RETURN film, rated.position AS position, rated.rating AS rating
  UNION ALL
  UNWIND range(0, size(coalesce(asked.films, [])) - 1) AS position
  MATCH (film:Entity {entityId: asked.films[position]})
  RETURN film, position, null AS rating
}
WITH film, collect(asked.user) AS users, collect(position) AS positions,
     collect(coalesce(rating, 0.0 / 0.0)) AS ratings
CALL (film) {
  MATCH (film)-[next:WATCHED_NEXT]->(candidate)
  WHERE next[$weight] IS NOT NULL AND candidate.entityId IN $candidates
  RETURN collect(candidate.entityId) AS next, collect(next[$weight]) AS nextWeights
}
CALL (film) {
  MATCH (film)-[like:SIMILAR]->(candidate)
  WHERE like[$weight] IS NOT NULL AND candidate.entityId IN $candidates
  RETURN collect(candidate.entityId) AS similar, collect(like[$weight]) AS similarWeights
}
RETURN film.entityId AS movie, users, positions, ratings, next, nextWeights, similar, similarWeights
