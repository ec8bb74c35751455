// One Genre per name, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT genre_name IF NOT EXISTS
FOR (n:Genre) REQUIRE n.name IS UNIQUE
