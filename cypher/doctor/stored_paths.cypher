// Checks the paths of some recommendations, drawn at random: whether their entities are there, and
// whether a relationship still joins each to the next. The last one has to be of the stored type.
// Parameters: $limit (number of recommendations)
// Returns: runId, paths (that were checked), lostEntities and lostRelationships (numbers of paths)
MATCH (:User)-[r:RECOMMENDED]->(:Movie)
WHERE r.runId IS NOT NULL AND size(r.paths) > 0
  AND EXISTS {
    MATCH (run:Run {runId: r.runId})
    WHERE coalesce(run.writing, 0) = coalesce(r.writing, 0)
  }
WITH r, rand() AS drawn ORDER BY drawn LIMIT $limit
UNWIND range(0, size(r.paths) - 1) AS place
WITH r.runId AS runId, r.pathRelations[place] AS final,
     [id IN split(r.paths[place], '>') | toInteger(id)] AS ids
CALL (final, ids) {
  UNWIND range(0, size(ids) - 1) AS step
  OPTIONAL MATCH (e:Entity {entityId: ids[step]})
  OPTIONAL MATCH (next:Entity {entityId: ids[step + 1]})
  WITH e, final, size(ids) - 2 - step AS left,
       EXISTS {
         MATCH (e)-[edge:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE|WATCHED_NEXT|SIMILAR|WATCHED_ALIKE|LINKED|KNOWS]-(next)
         WHERE final IS NULL OR step < size(ids) - 2 OR type(edge) = final
       } AS joined
  RETURN sum(CASE WHEN e IS NULL THEN 1 ELSE 0 END) AS missing,
         sum(CASE WHEN left >= 0 AND NOT joined THEN 1 ELSE 0 END) AS parted
}
RETURN runId, count(*) AS paths,
       sum(CASE WHEN missing > 0 THEN 1 ELSE 0 END) AS lostEntities,
       sum(CASE WHEN missing = 0 AND parted > 0 THEN 1 ELSE 0 END) AS lostRelationships
ORDER BY runId
