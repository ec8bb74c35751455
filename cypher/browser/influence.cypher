// Lists the people and genres that speak for most recommendations of one run, over all users.
// Parameters: $runId
// Returns: kind, name, recommendations (number of them), share (of their scores, mean)
MATCH (run:Run {runId: $runId})
MATCH (source:Person|Genre)-[because:BECAUSE]->(:Movie)
WHERE because.runId = $runId AND because.userId IS NOT NULL
  AND coalesce(because.writing, 0) = coalesce(run.writing, 0)
RETURN head([label IN ['Person', 'Genre'] WHERE label IN labels(source)]) AS kind, source.name AS name,
       count(*) AS recommendations, round(avg(because.share), 3) AS share
ORDER BY recommendations DESC LIMIT 25
