// Counts the users who rated each film, without held-out ratings.
// Parameters: none
// Returns: movie (entityId), watchers
MATCH (film:Movie)
RETURN film.entityId AS movie, COUNT { (film)<-[:RATED]-() } AS watchers
