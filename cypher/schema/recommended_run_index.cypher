// Creates an index that finds the recommendations of a run.
// Parameters: none
// Returns: nothing
CREATE INDEX recommended_run IF NOT EXISTS FOR ()-[r:RECOMMENDED]-() ON (r.runId)
