// Every user's held-out movies, the earliest first; users in order of userId.
// Parameters: none
// Returns: userId, user (entityId), start (position of the first), movies (entityIds in order of position)
MATCH (u:User)
RETURN u.userId AS userId, u.entityId AS user, COUNT { (u)-[:RATED]->() } AS start,
       COLLECT { MATCH (u)-[r:HELD_OUT]->(m:Movie) RETURN m.entityId ORDER BY r.position } AS movies
ORDER BY userId
