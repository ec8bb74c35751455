// Removes the Dataset node after everything else of the data set was removed.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
DETACH DELETE d
