// Marks the derived relationships as whole and says what they are; nothing happens where another
// writer took over.
// Parameters: $writer, $properties
// Returns: nothing
MATCH (d:Dataset {enrichmentWriter: $writer, status: 'complete'})
SET d += $properties, d.enrichedAt = datetime()
REMOVE d.enrichmentWriter
