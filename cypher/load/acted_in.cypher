// Stores who acted in which movie. Each row has movieId, personId, and order (place in the cast,
// from 1) if it is known.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (m:Movie {movieId: row.movieId})
MATCH (p:Person {personId: row.personId})
MERGE (p)-[r:ACTED_IN]->(m)
SET r.order = row.order
