// Counts the recommendations, and what draws explanations, of runs that have no node.
// Parameters: none
// Returns: runId, type (RECOMMENDED or BECAUSE), number
CALL () {
  MATCH (:User)-[r:RECOMMENDED]->(:Movie)
  WHERE r.runId IS NOT NULL
  RETURN r.runId AS runId, type(r) AS type, count(*) AS number
  UNION ALL
  MATCH (:Entity)-[r:BECAUSE]->(:Movie)
  WHERE r.runId IS NOT NULL AND r.userId IS NOT NULL
  RETURN r.runId AS runId, type(r) AS type, count(*) AS number
}
WITH runId, type, number
WHERE NOT EXISTS { (:Run {runId: runId}) }
RETURN runId, type, number
ORDER BY runId, type
