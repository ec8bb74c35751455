// Stores training ratings one by one: the plain batch that anyone would write. Each row has userId,
// movieId, rating, timestamp and position.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:User {userId: row.userId})
MATCH (m:Movie {movieId: row.movieId})
CREATE (u)-[:RATED {rating: row.rating, timestamp: row.timestamp, position: row.position}]->(m)
