// Finds paths of up to 7 relationships from a user to a movie through attributes or other users who
// rated the movies. Each path is a sequence of distinct nodes. Shorter paths come first. Among
// paths of length 3, those through the rarest attribute or the user with the fewest training
// ratings come first. No path contains the user's own rating of the movie or a held-out rating.
// In Browser: :params {userId: 1, movieId: 1, limit: 25}
// Parameters: $userId, $movieId, $limit
// Returns: steps (maps of entity, kind, key, name, year; from user to movie), relations (for each
//   step to the next, the relationship types between them)
MATCH (u:User {userId: $userId}), (target:Movie {movieId: $movieId})
CALL (u, target) {
  MATCH (u)-[:RATED]->(m1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(c1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(target)
  WHERE m1 <> target AND c1 <> u
  WITH DISTINCT u, m1, c1, target
  ORDER BY COUNT { (c1)-[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-() }, c1.entityId, m1.entityId
  RETURN [u, m1, c1, target] AS path
  UNION ALL
  MATCH (u)-[:RATED]->(m1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(c1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(m2)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(c2)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(target)
  WHERE m1 <> m2 AND m1 <> target AND m2 <> target AND c1 <> c2 AND c1 <> u AND c2 <> u
  RETURN DISTINCT [u, m1, c1, m2, c2, target] AS path
  UNION ALL
  MATCH (u)-[:RATED]->(m1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(c1)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(m2)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(c2)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(m3)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(c3)
        -[:IN_GENRE|DIRECTED|ACTED_IN|WROTE|RATED]-(target)
  WHERE m1 <> m2 AND m1 <> m3 AND m1 <> target AND m2 <> m3 AND m2 <> target AND m3 <> target
    AND c1 <> c2 AND c1 <> c3 AND c2 <> c3 AND c1 <> u AND c2 <> u AND c3 <> u
  RETURN DISTINCT [u, m1, c1, m2, c2, m3, c3, target] AS path
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
