// Lists every movie's attributes: its genres and the people who made it.
// Parameters: none
// Returns: movie (entityId), attribute (entityId), relation (relationship type)
MATCH (m:Movie)-[r:IN_GENRE|DIRECTED|ACTED_IN|WROTE]-(a:Entity)
RETURN m.entityId AS movie, a.entityId AS attribute, type(r) AS relation
