// Removes the mark of a part, once its relationships are gone.
// Parameters: $part
// Returns: nothing
MATCH (e:Enrichment {part: $part, status: 'removing'})
DELETE e
