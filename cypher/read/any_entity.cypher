// Says whether any node is a user, an item or an attribute.
// Parameters: none
// Returns: found
RETURN EXISTS { MATCH (:Entity) } OR EXISTS { MATCH (:Dataset) } AS found
