// Compares a user's recommendations of the two newest runs: the rank of each film in both.
// Parameters: $userId
// Returns: film, rank (in the newest run), before (in the run before)
MATCH (run:Run) WHERE run.finishedAt IS NOT NULL
WITH run ORDER BY run.finishedAt DESC LIMIT 2
WITH collect(run.runId) AS runs
MATCH (:User {userId: $userId})-[recommended:RECOMMENDED]->(film:Movie)
WHERE recommended.runId IN runs
RETURN film.name AS film,
       max(CASE recommended.runId WHEN runs[0] THEN recommended.rank END) AS rank,
       max(CASE recommended.runId WHEN runs[1] THEN recommended.rank END) AS before
ORDER BY rank, before
