// Lists the vector indexes of embeddings and their sizes.
// Parameters: none
// Returns: name, dimension
SHOW INDEXES YIELD name, type, options
WHERE type = 'VECTOR' AND name IN ['user_embedding', 'movie_embedding']
RETURN name, options.indexConfig.`vector.dimensions` AS dimension
