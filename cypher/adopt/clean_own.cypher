// Deletes the nodes that the pipeline added to a graph of someone else.
// Parameters: none
// Returns: nothing
MATCH (n:Run|LoadLock|Dataset)
DETACH DELETE n
