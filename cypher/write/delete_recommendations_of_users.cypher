// Deletes some users' recommendations of one run; $users are entityIds.
// Parameters: $runId, $users
// Returns: nothing
UNWIND $users AS user
MATCH (:Entity {entityId: user})-[r:RECOMMENDED {runId: $runId}]->(:Movie)
DELETE r
