// Waits until all indexes can be used, at most ten minutes.
// Parameters: none
// Returns: nothing
CALL db.awaitIndexes(600)
