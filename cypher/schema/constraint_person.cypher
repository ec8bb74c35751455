// One Person per personId, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT person_personId IF NOT EXISTS
FOR (n:Person) REQUIRE n.personId IS UNIQUE
