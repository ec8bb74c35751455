// Adds an evaluation's figures to a run.
// Parameters: $runId, $metrics
// Returns: nothing
MATCH (run:Run {runId: $runId})
SET run += $metrics, run.evaluatedAt = datetime()
