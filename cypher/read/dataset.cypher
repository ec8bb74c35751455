// Finds the data set in the graph, even if it is only partly loaded. Several rows are parts of
// several data sets. Values that someone removed are '' and 0.
// Parameters: none
// Returns: name, dataHash, status ('loading' or 'complete'), testFraction, split, tieSeed
//          (null if there is none), numUsers, numMovies, numEntities, earlierHashes (what dataHash
//          was before additions)
MATCH (d:Dataset)
RETURN coalesce(d.name, '') AS name, coalesce(d.dataHash, '') AS dataHash,
       coalesce(d.status, 'loading') AS status, coalesce(d.testFraction, 0.0) AS testFraction,
       coalesce(d.split, 'per-user-time') AS split, d.tieSeed AS tieSeed,
       coalesce(d.numUsers, 0) AS numUsers, coalesce(d.numMovies, 0) AS numMovies,
       coalesce(d.numEntities, 0) AS numEntities, coalesce(d.earlierHashes, []) AS earlierHashes
ORDER BY name
