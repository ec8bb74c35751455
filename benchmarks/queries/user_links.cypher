// Lists the derived relationships from some users to others, by all ratings.
// Parameters: $users (entityIds)
// Returns: user, other (entityIds), movie (entityId of one that both watched), after and until (the
//   other's ratings with after < position <= until are those that a path leads to)
UNWIND $users AS id
MATCH (user:Entity {entityId: id})-[link:WATCHED_ALIKE]->(other)
WHERE link.weight IS NOT NULL
RETURN id AS user, other.entityId AS other, link.movie AS movie, link.position AS after,
       link.until AS until
