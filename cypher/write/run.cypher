// Stores a run's properties and marks it as finished. Properties from an earlier write, such as an
// evaluation, are removed. The number of its users is counted in the graph. The relationships with
// this writing are the run's from now on; all others are no longer read.
// Parameters: $runId, $writing, $properties, $startedAt
// Returns: nothing
MERGE (run:Run {runId: $runId})
SET run = $properties
SET run.runId = $runId,
    run.name = $runId,
    run.writing = $writing,
    run.startedAt = datetime($startedAt),
    run.finishedAt = datetime(),
    run.users = COUNT {
      MATCH (u:User)
      WHERE EXISTS {
        MATCH (u)-[r:RECOMMENDED {runId: $runId}]->()
        WHERE coalesce(r.writing, 0) = $writing
      }
    }
