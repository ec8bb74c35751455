// Describes the derived relationships if they are complete; returns no row otherwise.
// Parameters: none
// Returns: fingerprint, parameters (JSON), watchedNext, similar and watchedAlike (numbers of
//   relationships), scales (JSON: the root mean square of each weight by property and type; null in
//   a graph of an earlier version)
MATCH (d:Dataset {status: 'complete'})
WHERE d.enrichmentFingerprint IS NOT NULL
RETURN d.enrichmentFingerprint AS fingerprint, d.enrichmentParameters AS parameters,
       d.watchedNext AS watchedNext, d.similar AS similar, d.watchedAlike AS watchedAlike,
       d.weightScales AS scales
