// One Entity per entityId, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT entity_entityId IF NOT EXISTS
FOR (n:Entity) REQUIRE n.entityId IS UNIQUE
