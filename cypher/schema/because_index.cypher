// Creates an index that finds what draws the explanations of a run and a user.
// Parameters: none
// Returns: nothing
CREATE INDEX because_run_user IF NOT EXISTS FOR ()-[b:BECAUSE]-() ON (b.runId, b.userId)
