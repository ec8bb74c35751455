// Marks the derived relationships as complete and records their properties. Does nothing if another
// writer took over.
// Parameters: $writer, $properties
// Returns: nothing
MATCH (d:Dataset {enrichmentWriter: $writer, status: 'complete'})
SET d += $properties, d.enrichedAt = datetime()
REMOVE d.enrichmentWriter
