// Marks every data set as half there before its removal begins, so that nothing takes it for whole.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
SET d.status = 'loading', d.dataHash = ''
