// Marks that a folder has been loaded.
// Parameters: $name (SHA-256 of its content)
// Returns: nothing
MATCH (s:Source {name: $name})
SET s.status = 'complete'
