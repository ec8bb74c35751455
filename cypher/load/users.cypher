// Stores users. Each row has userId and entityId.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (u:User {userId: row.userId})
SET u:Entity, u.entityId = row.entityId, u.name = 'user ' + row.userId
