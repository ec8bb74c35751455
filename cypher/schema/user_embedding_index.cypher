// Creates a vector index that finds the users with the nearest embeddings by cosine:
// CALL db.index.vector.queryNodes('user_embedding', 10, someNode.embedding) YIELD node, score
// Parameters: $dimension
// Returns: nothing
CREATE VECTOR INDEX user_embedding IF NOT EXISTS FOR (n:User) ON (n.embedding)
OPTIONS {
  indexConfig: {`vector.dimensions`: $dimension, `vector.similarity_function`: 'cosine'}
}
