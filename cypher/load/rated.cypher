// Training ratings; each row has userId, movieId, timestamp, position (0-based place in the user's
// history), and rating where the source has one.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:User {userId: row.userId})
MATCH (m:Movie {movieId: row.movieId})
MERGE (u)-[r:RATED]->(m)
SET r.rating = row.rating, r.timestamp = row.timestamp, r.position = row.position
