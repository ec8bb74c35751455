// Counts the people behind a sentence about two films: those who saw the first, both, and the second
// within the next films after the first (20 unless pipeline enrich was told otherwise).
// Parameters: $movieId, $otherId, $steps
// Returns: saw, sawBoth, sawNext
MATCH (first:Movie {movieId: $movieId})
MATCH (second:Movie {movieId: $otherId})
MATCH (user:User)-[one:RATED]->(first)
OPTIONAL MATCH (user)-[two:RATED]->(second)
RETURN count(user) AS saw, count(two) AS sawBoth,
       count(CASE WHEN 0 < two.position - one.position <= $steps THEN 1 END) AS sawNext
