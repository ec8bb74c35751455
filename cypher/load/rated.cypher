// Training ratings, each user's whole or not at all: a user who has some already is left alone, so
// running it again adds nothing. Each row has userId and ratings, each of them with movieId,
// timestamp, position (0-based place in the user's history), and rating where there is one.
// The first SET changes nothing; it locks the user against a second loader.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (u:User {userId: row.userId})
SET u.userId = row.userId
WITH u, row
WHERE NOT (u)-[:RATED]->()
UNWIND row.ratings AS given
MATCH (m:Movie {movieId: given.movieId})
CREATE (u)-[:RATED {
  rating: given.rating,
  timestamp: given.timestamp,
  position: given.position
}]->(m)
