// Stores a run's properties and marks it as finished. Properties from an earlier write, such as an
// evaluation, are removed. The number of its users is counted in the graph.
// Parameters: $runId, $properties, $startedAt
// Returns: nothing
MERGE (run:Run {runId: $runId})
SET run = $properties
SET run.runId = $runId,
    run.name = $runId,
    run.startedAt = datetime($startedAt),
    run.finishedAt = datetime(),
    run.users = COUNT { MATCH (u:User) WHERE EXISTS { (u)-[:RECOMMENDED {runId: $runId}]->() } }
