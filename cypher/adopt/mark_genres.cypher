// Marks nodes as attributes that are a genre. Each row has element (elementId), key, entityId and
// name.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (n) WHERE elementId(n) = row.element
SET n:Genre:Entity, n.personId = row.key, n.entityId = row.entityId, n.name = row.name
