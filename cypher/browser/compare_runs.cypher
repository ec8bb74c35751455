// Compares a user's recommendations of the two newest runs: the rank of each film in both.
// Parameters: $userId
// Returns: film, rank (in the newest run), before (in the run before)
MATCH (run:Run) WHERE run.finishedAt IS NOT NULL
WITH run ORDER BY run.finishedAt DESC LIMIT 2
WITH collect(run) AS runs
MATCH (:User {userId: $userId})-[recommended:RECOMMENDED]->(film:Movie)
WHERE any(run IN runs WHERE run.runId = recommended.runId
                        AND coalesce(run.writing, 0) = coalesce(recommended.writing, 0))
RETURN film.name AS film,
       max(CASE recommended.runId WHEN runs[0].runId THEN recommended.rank END) AS rank,
       max(CASE recommended.runId WHEN runs[1].runId THEN recommended.rank END) AS before
ORDER BY rank, before
