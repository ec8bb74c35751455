// Counts the users who rated a film, without held-out ratings.
// Parameters: $movieId
// Returns: watchers
MATCH (film:Movie {movieId: $movieId})
RETURN COUNT { (film)<-[:RATED]-() } AS watchers
