// Marks the derived relationships as not whole, and names who writes them from now on: whoever
// wrote before writes no more. Nothing happens where the graph does not hold this data set in full.
// Parameters: $dataHash, $writer
// Returns: nothing
MATCH (d:Dataset {dataHash: $dataHash, status: 'complete'})
SET d.enrichmentWriter = $writer
REMOVE d.enrichmentFingerprint, d.enrichmentParameters, d.watchedNext, d.similar, d.enrichedAt
