// Stores held-out ratings, those of each user completely or not at all. A user who already has some
// is skipped, so a repeated run adds nothing. Each row has userId and ratings: maps of movieId,
// timestamp, position (0-based place in the user's history), and rating if there is one. The first
// SET changes nothing; it locks the user against a second loader.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:User {userId: row.userId})
SET u.userId = row.userId
WITH u, row
WHERE NOT (u)-[:HELD_OUT]->()
UNWIND row.ratings AS given
MATCH (m:Movie {movieId: given.movieId})
CREATE (u)-[:HELD_OUT {
  rating: given.rating,
  timestamp: given.timestamp,
  position: given.position
}]->(m)
