// Lists every user's training movies with their stars, the earliest first. Users are in order of
// userId.
// Parameters: $users (userIds; null for all)
// Returns: userId, user (entityId), positions (ascending), movies (entityIds in order of position),
//   ratings (stars, -1 if there are none)
MATCH (u:User)
WHERE $users IS NULL OR u.userId IN $users
CALL (u) {
  MATCH (u)-[r:RATED]->(m:Movie)
  WITH m, r ORDER BY r.position
  RETURN collect(r.position) AS positions, collect(m.entityId) AS movies,
         collect(coalesce(r.rating, -1.0)) AS ratings
}
RETURN u.userId AS userId, u.entityId AS user, positions, movies, ratings
ORDER BY userId
