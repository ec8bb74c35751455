// Stores persons. Each row has personId, entityId and name.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (p:Person {personId: row.personId})
SET p:Entity, p.entityId = row.entityId, p.name = coalesce(row.name, 'person ' + row.personId)
