// Describes the derived relationships if they are complete; returns no row otherwise.
// Parameters: none
// Returns: fingerprint, parameters (JSON), watchedNext, similar and watchedAlike (numbers of
//   relationships)
MATCH (d:Dataset {status: 'complete'})
WHERE d.enrichmentFingerprint IS NOT NULL
RETURN d.enrichmentFingerprint AS fingerprint, d.enrichmentParameters AS parameters,
       d.watchedNext AS watchedNext, d.similar AS similar, d.watchedAlike AS watchedAlike
