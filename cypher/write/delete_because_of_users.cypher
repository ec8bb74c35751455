// Deletes what draws some users' explanations of one run; $users are entityIds.
// Parameters: $runId, $writing (see read/runs), $users
// Returns: nothing
UNWIND $users AS id
MATCH (user:Entity {entityId: id})
MATCH ()-[because:BECAUSE]->()
WHERE because.runId = $runId AND because.userId = user.userId
  AND coalesce(because.writing, 0) = $writing
DELETE because
