// Stores attributes of a described folder's items, with MovieLens's names as in read_users. Each row
// has item and key, and a name or null.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (m:Movie {movieId: row.item})
MERGE (p:Person {personId: row.key})
SET p:Loaded, p.name = coalesce(row.name, p.name)
MERGE (m)-[:DIRECTED]->(p)
