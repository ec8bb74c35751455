// Makes name unique among Genre nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT genre_name IF NOT EXISTS
FOR (n:Genre) REQUIRE n.name IS UNIQUE
