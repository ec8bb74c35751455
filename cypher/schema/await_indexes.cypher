// Waits until all indexes are ready, at most ten minutes.
// Parameters: none
// Returns: nothing
CALL db.awaitIndexes(600)
