// Makes userId unique among User nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT user_userId IF NOT EXISTS
FOR (n:User) REQUIRE n.userId IS UNIQUE
