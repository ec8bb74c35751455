// Lists the writings of a run that the graph holds and the run's node does not name: the old one, which
// is being deleted, a new one, which is not complete, or what a killed command left of one.
// Parameters: $runId, $writing (the one that the node names, see read/runs; null if there is no node)
// Returns: writing
CALL () {
  MATCH (:User)-[r:RECOMMENDED {runId: $runId}]->(:Movie)
  RETURN DISTINCT coalesce(r.writing, 0) AS writing
  UNION
  MATCH ()-[because:BECAUSE]->()
  WHERE because.runId = $runId AND because.userId IS NOT NULL
  RETURN DISTINCT coalesce(because.writing, 0) AS writing
}
WITH writing
WHERE $writing IS NULL OR writing <> $writing
RETURN writing
