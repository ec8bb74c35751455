// One User per userId, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT user_userId IF NOT EXISTS
FOR (n:User) REQUIRE n.userId IS UNIQUE
