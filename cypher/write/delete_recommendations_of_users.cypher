// Deletes some users' recommendations of one run; $users are entityIds.
// Parameters: $runId, $writing (see read/runs), $users
// Returns: nothing
UNWIND $users AS user
MATCH (:Entity {entityId: user})-[r:RECOMMENDED {runId: $runId}]->(:Movie)
WHERE coalesce(r.writing, 0) = $writing
DELETE r
