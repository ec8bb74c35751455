// Lists every movie's attributes: its genres and the people who made it.
// Parameters: none
// Returns: movie (entityId), attributes (lists of entityId and relationship type)
MATCH (m:Movie)
RETURN m.entityId AS movie,
       [(m)-[r:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(a:Entity) | [a.entityId, type(r)]] AS attributes
