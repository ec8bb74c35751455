// Lists when every user rated the training movies, the earliest first. Users are in order of
// userId, and movies in the order of read/histories.
// Parameters: none
// Returns: timestamps (seconds since 1970, in order of position, 0 where there is none)
MATCH (u:User)
CALL (u) {
  MATCH (u)-[r:RATED]->(:Movie)
  WITH r ORDER BY r.position
  RETURN collect(coalesce(r.timestamp, 0)) AS timestamps
}
RETURN timestamps
ORDER BY u.userId
