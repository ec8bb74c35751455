// Returns the description of a graph that pipeline split has prepared.
// Parameters: none
// Returns: description (TOML), status ('loading' or 'complete'), ties (SHA-256 of the relationships
//   of items and attributes)
MATCH (d:Dataset)
WHERE d.description IS NOT NULL
RETURN d.description AS description, d.status AS status, d.tiesHash AS ties
