// Lists the nodes on the paths of a user's recommendations of one run, step by step. The relations
// of a step are the types of the relationships to the next step; the last step has none.
// Where the recommendation tells the type of a path's last relationship, the others are left out.
// Parameters: $userId, $runId, $writing (see read/runs)
// Returns: rank, place (of the path, from 0), step (from 0), kind, key, name, year, relations
MATCH (:User {userId: $userId})-[r:RECOMMENDED {runId: $runId}]->(:Movie)
WHERE coalesce(r.writing, 0) = $writing
UNWIND range(0, size(r.paths) - 1) AS place
WITH r.rank AS rank, place, r.pathRelations[place] AS last, [id IN split(r.paths[place], '>') | toInteger(id)] AS ids
UNWIND range(0, size(ids) - 1) AS step
MATCH (e:Entity {entityId: ids[step]})
OPTIONAL MATCH (e)-[edge:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE|WATCHED_NEXT|SIMILAR|LINKED|KNOWS]-(:Entity {entityId: ids[step + 1]})
WHERE (NOT type(edge) IN ['WATCHED_NEXT', 'SIMILAR'] OR startNode(edge) = e)
  AND (last IS NULL OR step < size(ids) - 2 OR type(edge) = last)
WITH rank, place, step, e, last IS NOT NULL AND step = size(ids) - 2 AS isLast, last,
     collect(type(edge)) AS found
RETURN rank, place, step,
       head([label IN ['User', 'Movie', 'Person', 'Genre'] WHERE label IN labels(e)]) AS kind,
       coalesce(e.userId, e.movieId, e.personId, e.name) AS key,
       coalesce(e.title, e.name) AS name, e.year AS year,
       CASE WHEN isLast THEN [last] ELSE found END AS relations
ORDER BY rank, place, step
