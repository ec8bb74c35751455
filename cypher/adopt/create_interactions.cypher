// Stores interactions of a described folder, those of each user completely or not at all. Each row
// has user, the key, and items: maps of item, the key, and time and rating or null.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:User {userId: row.user})
WHERE NOT (u)-[:RATED]->()
UNWIND row.items AS given
MATCH (m:Movie {movieId: given.item})
CREATE (u)-[:RATED {timestamp: given.time, rating: given.rating}]->(m)
