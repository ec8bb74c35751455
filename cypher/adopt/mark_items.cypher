// Marks nodes as items. Each row has element (elementId), movieId, ownKey (its own
// key as text), entityId, title, name and year.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (n) WHERE elementId(n) = row.element
SET n:Movie:Entity, n.movieId = row.movieId, n.ownKey = row.ownKey, n.entityId = row.entityId,
    n.title = row.title, n.name = row.name, n.year = row.year
