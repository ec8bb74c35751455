// What the derived relationships are, if all of them are there; no row otherwise.
// Parameters: none
// Returns: fingerprint, parameters (JSON), watchedNext and similar (how many relationships)
MATCH (d:Dataset {status: 'complete'})
WHERE d.enrichmentFingerprint IS NOT NULL
RETURN d.enrichmentFingerprint AS fingerprint, d.enrichmentParameters AS parameters,
       d.watchedNext AS watchedNext, d.similar AS similar
