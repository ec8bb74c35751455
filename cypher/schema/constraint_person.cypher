// Makes personId unique among Person nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT person_personId IF NOT EXISTS
FOR (n:Person) REQUIRE n.personId IS UNIQUE
