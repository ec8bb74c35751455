// Deletes what draws some users' explanations of one run; $users are entityIds.
// Parameters: $runId, $users
// Returns: nothing
UNWIND $users AS id
MATCH (user:Entity {entityId: id})
MATCH ()-[because:BECAUSE]->()
WHERE because.runId = $runId AND because.userId = user.userId
DELETE because
