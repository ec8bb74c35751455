// Removes all derived relationships, those of a bounded number of movies per transaction. In
// Browser, put :auto before it.
// Parameters: none
// Returns: nothing
MATCH (m:Movie)
CALL (m) {
  MATCH (m)-[r:WATCHED_NEXT|SIMILAR]->()
  DELETE r
} IN TRANSACTIONS OF 100 ROWS
