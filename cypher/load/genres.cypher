// Stores genres. Each row has name and entityId.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (g:Genre {name: row.name})
SET g:Entity, g.entityId = row.entityId
