// Deletes all recommendations of one run.
// Parameters: $runId
// Returns: nothing
MATCH (:User)-[r:RECOMMENDED {runId: $runId}]->(:Movie)
DELETE r
