// Finds the data set in the graph, even if it is only partly loaded.
// Parameters: none
// Returns: name, dataHash, status ('loading' or 'complete'), testFraction, split, tieSeed
//          (null if there is none), numUsers, numMovies, numEntities
MATCH (d:Dataset)
RETURN d.name AS name, d.dataHash AS dataHash, d.status AS status,
       d.testFraction AS testFraction, coalesce(d.split, 'per-user-time') AS split,
       d.tieSeed AS tieSeed, d.numUsers AS numUsers, d.numMovies AS numMovies,
       d.numEntities AS numEntities
ORDER BY name
