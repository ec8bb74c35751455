// Marks nodes as attributes that are a maker or an actor. Each row has element (elementId), key,
// entityId and name.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (n) WHERE elementId(n) = row.element
SET n:Person:Entity, n.personId = row.key, n.entityId = row.entityId, n.name = row.name
