// Lists every movie's keys and title, to find a movie by a typed title.
// Parameters: none
// Returns: movieId, movie (entityId), title, year, key (of a graph of someone else, else null)
MATCH (m:Movie)
RETURN m.movieId AS movieId, m.entityId AS movie, m.title AS title, m.year AS year,
       m.ownKey AS key
ORDER BY movieId
