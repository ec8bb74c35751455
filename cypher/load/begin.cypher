// Marks the beginning of a load: the data set counts as half loaded until its end is marked.
// Parameters: $name, $dataHash, $testFraction, $split ('per-user-time' or 'global-time'),
//             $tieSeed (null: ties in time keep the order of the input), $numUsers, $numMovies,
//             $numEntities
// Returns: nothing
MERGE (d:Dataset {name: $name})
SET d.status = 'loading',
    d.dataHash = $dataHash,
    d.testFraction = $testFraction,
    d.split = $split,
    d.tieSeed = $tieSeed,
    d.numUsers = $numUsers,
    d.numMovies = $numMovies,
    d.numEntities = $numEntities
