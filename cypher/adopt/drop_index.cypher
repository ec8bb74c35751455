// Drops an index.
// Parameters: $name
// Returns: nothing
DROP INDEX $name IF EXISTS
