// Creates a vector index that finds the movies with the nearest embeddings by cosine:
// CALL db.index.vector.queryNodes('movie_embedding', 10, someNode.embedding) YIELD node, score
// Parameters: $dimension
// Returns: nothing
CREATE VECTOR INDEX movie_embedding IF NOT EXISTS FOR (n:Movie) ON (n.embedding)
OPTIONS {
  indexConfig: {`vector.dimensions`: $dimension, `vector.similarity_function`: 'cosine'}
}
