// Makes every other transaction that begins with this query, and the removal of the data set, wait
// until this one ends. Without it, a writer of a run could delete what another one has written so far.
// The SET changes nothing; it locks the node.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
SET d.status = d.status
