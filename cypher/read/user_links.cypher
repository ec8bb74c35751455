// Reads the types of the relationships between users that the owner of the graph made.
// Parameters: $pairs (lists of two entityIds, from the user to the other one), $directed (types that
//   count only in this direction)
// Returns: user, other (entityIds), type
UNWIND $pairs AS pair
MATCH (user:Entity {entityId: pair[0]})-[link:KNOWS]-(other:Entity {entityId: pair[1]})
WHERE NOT type(link) IN $directed OR startNode(link) = user
RETURN pair[0] AS user, pair[1] AS other, type(link) AS type
