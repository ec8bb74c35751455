// Counts the recommendations of each finished run, and the users who have some.
// Parameters: none
// Returns: runId, written (number of users when the run was written, or null), users,
//   recommendations
MATCH (run:Run)
WHERE run.finishedAt IS NOT NULL
CALL (run) {
  MATCH (user:User)-[r:RECOMMENDED {runId: run.runId}]->(:Movie)
  WHERE coalesce(r.writing, 0) = coalesce(run.writing, 0)
  RETURN count(DISTINCT user) AS users, count(r) AS recommendations
}
RETURN run.runId AS runId, run.users AS written, users, recommendations
ORDER BY runId
