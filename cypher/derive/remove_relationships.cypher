// Removes the derived relationships of one part, a bounded number in a transaction.
// In Browser, put :auto before it.
// Parameters: $part
// Returns: nothing
MATCH (m:Movie)
CALL (m) {
  MATCH (m)-[r:WATCHED_NEXT|SIMILAR {part: $part}]->()
  DELETE r
} IN TRANSACTIONS OF 100 ROWS
