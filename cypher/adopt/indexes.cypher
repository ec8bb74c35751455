// Lists the constraints and indexes whose name begins with a prefix, constraints first.
// Parameters: $prefix
// Returns: name, constraint (name of the constraint that owns it, or null)
SHOW INDEXES YIELD name, owningConstraint
WHERE name STARTS WITH $prefix
RETURN name, owningConstraint AS constraint
