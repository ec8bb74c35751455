// Makes every other transaction that begins with this query and the same name wait until this one
// ends. A load holds such a transaction open to its end and then undoes it, so the node is never
// stored and nothing is left of a load that died. If someone has stored the node, the SET locks it.
// Parameters: $name ('load', 'begin' for what precedes it, or 'recommend' for writing recommendations)
// Returns: nothing
MERGE (l:LoadLock {name: $name})
ON MATCH SET l.name = $name
