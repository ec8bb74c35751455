// The stars of every user's training ratings, -1 where there are none, the earliest first; users in
// order of userId, as in read/histories.
// Parameters: none
// Returns: ratings
MATCH (u:User)
RETURN COLLECT {
  MATCH (u)-[r:RATED]->(:Movie) RETURN coalesce(r.rating, -1.0) ORDER BY r.position
} AS ratings
ORDER BY u.userId
