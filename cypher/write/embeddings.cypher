// Stores learned embeddings, those that changed; each row has entity (entityId) and embedding (a
// list of numbers). What stays the same is left alone, because the vector index is slow to change.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MATCH (e:Entity {entityId: row.entity})
WHERE e.embedding IS NULL OR e.embedding <> row.embedding
CALL db.create.setNodeVectorProperty(e, 'embedding', row.embedding)
