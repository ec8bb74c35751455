// Every movie's keys and title, to find one by what a person types.
// Parameters: none
// Returns: movieId, movie (entityId), title, year
MATCH (m:Movie)
RETURN m.movieId AS movieId, m.entityId AS movie, m.title AS title, m.year AS year
ORDER BY movieId
