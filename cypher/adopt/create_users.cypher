// Stores users of a described folder, with MovieLens's names as in read_users. Each row has key, and
// a name or null.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (u:User {userId: row.key})
SET u:Loaded, u.name = row.name
