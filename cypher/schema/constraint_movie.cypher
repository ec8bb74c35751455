// One Movie per movieId, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT movie_movieId IF NOT EXISTS
FOR (n:Movie) REQUIRE n.movieId IS UNIQUE
