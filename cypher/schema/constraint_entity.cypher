// Makes entityId unique among Entity nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT entity_entityId IF NOT EXISTS
FOR (n:Entity) REQUIRE n.entityId IS UNIQUE
