// Adds the figures of a comparison to Run nodes. A method without recommendations gets its own
// node, without finishedAt, so that no command takes it for a run to explain.
// Parameters: $runs (maps of runId, properties)
// Returns: nothing
UNWIND $runs AS row
MERGE (run:Run {runId: row.runId})
SET run += row.properties, run.comparedAt = datetime()
