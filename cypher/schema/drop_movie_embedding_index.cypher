// Drops the vector index of movies. Embeddings of another size need a new one.
// Parameters: none
// Returns: nothing
DROP INDEX movie_embedding IF EXISTS
