// Makes name unique among Dataset nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT dataset_name IF NOT EXISTS
FOR (n:Dataset) REQUIRE n.name IS UNIQUE
