// Finds the recommendations of a run without reading all of them.
// Parameters: none
// Returns: nothing
CREATE INDEX recommended_run IF NOT EXISTS FOR ()-[r:RECOMMENDED]-() ON (r.runId)
