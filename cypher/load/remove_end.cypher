// Removes the mark of the data set, once all else of it is gone.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
DETACH DELETE d
