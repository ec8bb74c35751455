// Lists all finished runs, the newest first. The writing is the number that the run's relationships
// have; those of an earlier version have none, which counts as 0.
// Parameters: none
// Returns: runId, model, dataset, startedAt, finishedAt, dataHash, seed, topK, users,
//   writing
MATCH (run:Run)
WHERE run.finishedAt IS NOT NULL
RETURN run.runId AS runId, run.model AS model, run.dataset AS dataset,
       toString(run.startedAt) AS startedAt, toString(run.finishedAt) AS finishedAt,
       run.dataHash AS dataHash, run.seed AS seed, run.topK AS topK, run.users AS users,
       coalesce(run.writing, 0) AS writing
ORDER BY run.finishedAt DESC, runId
