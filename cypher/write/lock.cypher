// Makes every other transaction that begins with this query, and the removal of the data set, wait
// until this one ends. Without it, two transactions that write the same run at once would both
// delete the old recommendations and both store theirs. The SET changes nothing; it locks the node.
// Parameters: none
// Returns: nothing
MATCH (d:Dataset)
SET d.status = d.status
