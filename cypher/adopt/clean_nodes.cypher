// Takes what the pipeline added from nodes of someone else.
// Parameters: $limit
// Returns: nothing
MATCH (n:Entity)
WITH n LIMIT $limit
REMOVE n.userId, n.movieId, n.personId, n.imdbId, n.ownKey, n.name, n.title, n.year, n.embedding,
       n.entityId,
       n:User, n:Movie, n:Person, n:Genre, n:Entity
