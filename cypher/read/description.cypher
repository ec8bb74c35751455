// Returns the description of a graph that pipeline split has prepared.
// Parameters: none
// Returns: description (TOML), status ('loading' or 'complete')
MATCH (d:Dataset)
WHERE d.description IS NOT NULL
RETURN d.description AS description, d.status AS status
