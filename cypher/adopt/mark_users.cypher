// Marks nodes as users. Each row has element (elementId), userId, ownKey (its own
// key as text), entityId and name.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (n) WHERE elementId(n) = row.element
SET n:User:Entity, n.userId = row.userId, n.ownKey = row.ownKey, n.entityId = row.entityId,
    n.name = row.name
