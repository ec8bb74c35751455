// One Dataset per name, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT dataset_name IF NOT EXISTS
FOR (n:Dataset) REQUIRE n.name IS UNIQUE
