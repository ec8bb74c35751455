// Stores who wrote which movie. Each row has movieId and personId.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (m:Movie {movieId: row.movieId})
MATCH (p:Person {personId: row.personId})
MERGE (p)-[:WROTE]->(m)
