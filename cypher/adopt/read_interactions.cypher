// Lists the relationships between users and items, in either direction, with MovieLens's names as
// in read_users.
// Parameters: none
// Returns: user (elementId), item (elementId), time, rating
MATCH (u:User)-[r:RATED]-(m:Movie)
RETURN elementId(u) AS user, elementId(m) AS item, r.timestamp AS time, r.rating AS rating
