// Makes runId unique among Run nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT run_runId IF NOT EXISTS
FOR (n:Run) REQUIRE n.runId IS UNIQUE
