// Every user's training movies, the earliest first; users in order of userId.
// Parameters: none
// Returns: userId, user (entityId), start (position of the first), movies (entityIds in order of position)
MATCH (u:User)
RETURN u.userId AS userId, u.entityId AS user, 0 AS start,
       COLLECT { MATCH (u)-[r:RATED]->(m:Movie) RETURN m.entityId ORDER BY r.position } AS movies
ORDER BY userId
