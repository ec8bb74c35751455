// Stores the genres of movies. Each row has movieId and name.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (m:Movie {movieId: row.movieId})
MATCH (g:Genre {name: row.name})
MERGE (m)-[:IN_GENRE]->(g)
