// Deletes up to $limit recommendations, and what draws explanations, that belong to no run: it has no
// node, or the node names another writing. Repeat it until it deletes none.
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
WHERE NOT EXISTS {
  MATCH (run:Run {runId: r.runId})
  WHERE coalesce(run.writing, 0) = coalesce(r.writing, 0)
}
WITH r LIMIT $limit
DELETE r
