// Finds paths of 3 relationships from a user to a movie through attributes. Each path is a sequence
// of distinct nodes. The path through the rarest attribute comes first. No path contains the user's
// own rating of the movie or a held-out rating.
// In Browser: :params {userId: 1, movieId: 1, limit: 25}
// Parameters: $userId, $movieId, $limit
// Returns: steps (maps of entity, kind, key, name, year; from user to movie), relations (for each
//   step to the next, the relationship types between them)
MATCH (u:User {userId: $userId}), (target:Movie {movieId: $movieId})
CALL (u, target) {
  MATCH (u)-[:RATED]->(m1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(c1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(target)
  WHERE m1 <> target
  WITH DISTINCT u, m1, c1, target
  ORDER BY COUNT { (c1)--() }, c1.entityId, m1.entityId
  RETURN [u, m1, c1, target] AS path
}
WITH path
LIMIT $limit
CALL (path) {
  UNWIND range(0, size(path) - 2) AS place
  WITH place, path[place] AS from, path[place + 1] AS to
  MATCH (from)-[step:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE]-(to)
  WITH place, collect(DISTINCT type(step)) AS types
  ORDER BY place
  RETURN collect(types) AS relations
}
RETURN [n IN path | {
         entity: n.entityId,
         kind: [label IN ['User', 'Movie', 'Person', 'Genre'] WHERE label IN labels(n)][0],
         key: coalesce(n.userId, n.movieId, n.personId, n.name),
         name: coalesce(n.title, n.name),
         year: n.year
       }] AS steps,
       relations
