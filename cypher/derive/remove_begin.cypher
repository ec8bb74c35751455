// Takes a part of the derived relationships from whoever writes it, and from its readers.
// Parameters: $part
// Returns: nothing
MATCH (e:Enrichment {part: $part})
SET e = {part: $part, status: 'removing'}
