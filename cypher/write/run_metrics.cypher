// Adds the figures of an evaluation to a run, unless the run was replaced since.
// Parameters: $runId, $finishedAt (of the run that was evaluated, ISO 8601), $metrics
// Returns: nothing
MATCH (run:Run {runId: $runId})
WHERE toString(run.finishedAt) = $finishedAt
SET run += $metrics, run.evaluatedAt = datetime()
