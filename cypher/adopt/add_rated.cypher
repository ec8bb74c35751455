// Stores training ratings that were added after the split. Each row has userId and ratings: maps of
// movieId, timestamp, position, and rating if there is one. They are created each time, so this
// belongs into one transaction with adopt/add.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:User {userId: row.userId})
UNWIND row.ratings AS given
MATCH (m:Movie {movieId: given.movieId})
CREATE (u)-[:RATED {
  rating: given.rating,
  timestamp: given.timestamp,
  position: given.position
}]->(m)
