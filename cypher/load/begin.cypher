// Marks the beginning of a load: the data set counts as half loaded until its end is marked.
// Parameters: $name, $dataHash, $testFraction, $numUsers, $numMovies, $numEntities
// Returns: nothing
MERGE (d:Dataset {name: $name})
SET d.status = 'loading',
    d.dataHash = $dataHash,
    d.testFraction = $testFraction,
    d.numUsers = $numUsers,
    d.numMovies = $numMovies,
    d.numEntities = $numEntities
