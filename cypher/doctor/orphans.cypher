// Counts the recommendations, and what draws explanations, that belong to no run: it has no node, or
// the node names another writing.
// Parameters: none
// Returns: runId, type (RECOMMENDED or BECAUSE), number
CALL () {
  MATCH (:User)-[r:RECOMMENDED]->(:Movie)
  WHERE r.runId IS NOT NULL
  RETURN r.runId AS runId, coalesce(r.writing, 0) AS writing, type(r) AS type, count(*) AS number
  UNION ALL
  MATCH (:Entity)-[r:BECAUSE]->(:Movie)
  WHERE r.runId IS NOT NULL AND r.userId IS NOT NULL
  RETURN r.runId AS runId, coalesce(r.writing, 0) AS writing, type(r) AS type, count(*) AS number
}
WITH runId, writing, type, number
WHERE NOT EXISTS { MATCH (run:Run {runId: runId}) WHERE coalesce(run.writing, 0) = writing }
RETURN runId, type, sum(number) AS number
ORDER BY runId, type
