// Stores the learned embeddings that changed. Each row has entity (entityId) and embedding (a list
// of numbers). Unchanged embeddings are skipped, because updating the vector index is slow.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (e:Entity {entityId: row.entity})
WHERE e.embedding IS NULL OR e.embedding <> row.embedding
CALL db.create.setNodeVectorProperty(e, 'embedding', row.embedding)
