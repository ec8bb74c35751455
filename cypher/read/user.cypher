// Finds the user with this userId, and the range of userIds for an error message.
// Parameters: $userId
// Returns: user (entityId, null if there is none), first, last
OPTIONAL MATCH (u:User {userId: $userId})
WITH u.entityId AS user
OPTIONAL MATCH (other:User)
RETURN user, min(other.userId) AS first, max(other.userId) AS last
