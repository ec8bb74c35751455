// Adds the figures of an evaluation to a run.
// Parameters: $runId, $metrics
// Returns: nothing
MATCH (run:Run {runId: $runId})
SET run += $metrics, run.evaluatedAt = datetime()
