// Lists the derived relationships from some movies to others, by all ratings.
// Parameters: $movies (entityIds)
// Returns: source, target (entityIds)
UNWIND $movies AS id
MATCH (source:Entity {entityId: id})-[link:WATCHED_NEXT|SIMILAR]->(target)
WHERE link.weight IS NOT NULL
RETURN id AS source, target.entityId AS target
