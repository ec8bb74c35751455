// Drops the vector index of users. Embeddings of another size need a new one.
// Parameters: none
// Returns: nothing
DROP INDEX user_embedding IF EXISTS
