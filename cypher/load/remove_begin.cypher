// Marks every data set as partly loaded before its removal, so that no command takes it for
// complete.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
SET d.status = 'loading', d.dataHash = ''
