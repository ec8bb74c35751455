// Marks a part of the derived relationships as complete and says what it is; nothing happens where
// another writer took it over.
// Parameters: $part, $writer, $properties
// Returns: nothing
MATCH (e:Enrichment {part: $part, writer: $writer})
SET e = $properties
SET e.part = $part, e.status = 'complete', e.createdAt = datetime()
