// Makes movieId unique among Movie nodes, and indexes it.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT movie_movieId IF NOT EXISTS
FOR (n:Movie) REQUIRE n.movieId IS UNIQUE
