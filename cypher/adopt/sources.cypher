// Lists what folders brought into a graph.
// Parameters: none
// Returns: name (SHA-256 of the folder's content), whole (false while it is loaded)
MATCH (s:Source)
RETURN s.name AS name, s.status = 'complete' AS whole
