// The complete parts of the derived relationships that belong to the data set of the graph, by name.
// Parameters: none
// Returns: part, fingerprint, parameters (JSON), watchedNext and similar (how many relationships)
MATCH (d:Dataset {status: 'complete'})
MATCH (e:Enrichment {status: 'complete', dataHash: d.dataHash})
RETURN e.part AS part, e.fingerprint AS fingerprint, e.parameters AS parameters,
       e.watchedNext AS watchedNext, e.similar AS similar
ORDER BY part
