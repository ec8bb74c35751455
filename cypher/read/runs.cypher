// Lists all finished runs, the newest first.
// Parameters: none
// Returns: runId, model, dataset, startedAt, finishedAt, dataHash, seed, topK, users
MATCH (run:Run)
WHERE run.finishedAt IS NOT NULL
RETURN run.runId AS runId, run.model AS model, run.dataset AS dataset,
       toString(run.startedAt) AS startedAt, toString(run.finishedAt) AS finishedAt,
       run.dataHash AS dataHash, run.seed AS seed, run.topK AS topK, run.users AS users
ORDER BY run.finishedAt DESC, runId
