// Waits until nobody is writing this run, and makes whoever wants to write it wait until this
// transaction ends. A commit becomes visible part by part, so that reading it meanwhile would find
// some of the old and some of the new. The SET changes nothing; it locks the node. The index would
// lock its own entry, too, and so could wait for a writer that waits for the entry.
// Parameters: $runId
// Returns: nothing
MATCH (run:Run)
USING SCAN run:Run
WHERE run.runId = $runId
SET run.finishedAt = run.finishedAt
