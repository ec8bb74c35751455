// Lists all users.
// Parameters: none
// Returns: user (entityId)
MATCH (u:User)
RETURN u.entityId AS user
