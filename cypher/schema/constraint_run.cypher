// One Run per runId, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT run_runId IF NOT EXISTS
FOR (n:Run) REQUIRE n.runId IS UNIQUE
