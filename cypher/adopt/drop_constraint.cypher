// Drops a constraint, with its index.
// Parameters: $name
// Returns: nothing
DROP CONSTRAINT $name IF EXISTS
