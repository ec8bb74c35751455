// Draws the films that are most like one: those that the same people watch.
// Parameters: $movieId
// Returns: film, similar (relationship), other (film)
MATCH (film:Movie {movieId: $movieId})-[similar:SIMILAR]->(other:Movie)
WHERE similar.weight IS NOT NULL
RETURN film, similar, other ORDER BY similar.weight DESC LIMIT 10
