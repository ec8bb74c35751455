// Marks the beginning of the load of a folder.
// Parameters: $name (SHA-256 of its content)
// Returns: nothing
MERGE (s:Source {name: $name})
SET s.status = 'loading'
