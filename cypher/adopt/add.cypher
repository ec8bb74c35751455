// Remembers the content of a prepared graph before something is added to it: a run that was trained
// on it can still be used.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
SET d.earlierHashes = coalesce(d.earlierHashes, []) + d.dataHash
