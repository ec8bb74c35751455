// Keeps the keys of nodes of a described folder unique, with MovieLens's names as in read_users.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT IF NOT EXISTS FOR (n:Person) REQUIRE n.personId IS UNIQUE
