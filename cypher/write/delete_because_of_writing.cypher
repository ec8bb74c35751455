// Deletes up to $limit of what draws explanations, of one writing of a run, in bounded transactions.
// Repeat it until it deletes none. In Browser, put :auto before it.
// Parameters: $runId, $writing, $limit
// Returns: nothing
MATCH ()-[because:BECAUSE]->()
WHERE because.runId = $runId AND because.userId IS NOT NULL
  AND coalesce(because.writing, 0) = $writing
WITH because LIMIT $limit
CALL (because) { DELETE because } IN TRANSACTIONS OF 2000 ROWS
