// All parts of the derived relationships, also those that are not complete, by name.
// Parameters: none
// Returns: part
MATCH (e:Enrichment)
RETURN e.part AS part
ORDER BY part
