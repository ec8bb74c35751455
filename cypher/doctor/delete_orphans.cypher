// Deletes up to $limit recommendations, and what draws explanations, of runs that have no node.
// Repeat it until it deletes none.
// Parameters: $limit
// Returns: nothing
CALL () {
  MATCH (:User)-[r:RECOMMENDED]->(:Movie)
  WHERE r.runId IS NOT NULL
  RETURN r
  UNION ALL
  MATCH (:Entity)-[r:BECAUSE]->(:Movie)
  WHERE r.runId IS NOT NULL AND r.userId IS NOT NULL
  RETURN r
}
WITH r
WHERE NOT EXISTS { (:Run {runId: r.runId}) }
WITH r LIMIT $limit
DELETE r
