// Stores relationships between items, or between users, of a described folder, with MovieLens's names
// as in read_users. Each row has from and to, the keys, and weight or null.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (a:Movie {movieId: row.from})
MATCH (b:Movie {movieId: row.to})
MERGE (a)-[link:LINKED]->(b)
SET link.weight = row.weight
