// Stores what a run is and that it is finished; what an earlier time left on its node, an evaluation
// for example, goes. How many users it holds is counted from the graph.
// Parameters: $runId, $properties, $startedAt
// Returns: nothing
MERGE (run:Run {runId: $runId})
SET run = $properties
SET run.runId = $runId,
    run.startedAt = datetime($startedAt),
    run.finishedAt = datetime(),
    run.users = COUNT { MATCH (u:User) WHERE EXISTS { (u)-[:RECOMMENDED {runId: $runId}]->() } }
