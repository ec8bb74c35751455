// Removes all derived relationships, those of a bounded number of movies and users per transaction.
// In Browser, put :auto before it.
// Parameters: none
// Returns: nothing
MATCH (e:Entity)
WHERE e:Movie OR e:User
CALL (e) {
  MATCH (e)-[r:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->()
  DELETE r
} IN TRANSACTIONS OF 100 ROWS
