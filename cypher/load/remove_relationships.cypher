// Removes some of the relationships between users and movies; run it until it removes none.
// Parameters: $limit
// Returns: nothing
MATCH (:User)-[r:RATED|HELD_OUT|RECOMMENDED]->(:Movie)
WITH r LIMIT $limit
DELETE r
