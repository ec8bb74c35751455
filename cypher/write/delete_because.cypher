// Deletes what draws the explanations of one run.
// Parameters: $runId
// Returns: nothing
MATCH ()-[because:BECAUSE]->()
WHERE because.runId = $runId AND because.userId IS NOT NULL
DELETE because
