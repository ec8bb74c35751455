// Deletes up to $limit recommendations of one writing of a run, in bounded transactions.
// Repeat it until it deletes none. In Browser, put :auto before it.
// Parameters: $runId, $writing, $limit
// Returns: nothing
MATCH (:User)-[r:RECOMMENDED {runId: $runId}]->(:Movie)
WHERE coalesce(r.writing, 0) = $writing
WITH r LIMIT $limit
CALL (r) { DELETE r } IN TRANSACTIONS OF 2000 ROWS
