// Marks the derived relationships as incomplete and makes the caller their writer: no earlier
// writer can write any more. Does nothing unless the graph holds this data set completely.
// Parameters: $dataHash, $writer
// Returns: nothing
MATCH (d:Dataset {dataHash: $dataHash, status: 'complete'})
SET d.enrichmentWriter = $writer
REMOVE d.enrichmentFingerprint, d.enrichmentParameters, d.watchedNext, d.similar, d.watchedAlike,
       d.weightScales, d.enrichedAt
