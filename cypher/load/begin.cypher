// Marks the start of a load. The data set counts as partly loaded until the load is marked as
// complete.
// Parameters: $name, $dataHash, $testFraction, $split ('per-user-time' or 'global-time'),
//             $tieSeed (null: equal timestamps keep the input order), $numUsers, $numMovies,
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
