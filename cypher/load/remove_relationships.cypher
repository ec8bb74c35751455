// Removes up to $limit relationships from users and movies to movies. Repeat it until it removes
// none.
// Parameters: $limit
// Returns: nothing
MATCH (:User|Movie)-[r:RATED|HELD_OUT|RECOMMENDED|WATCHED_NEXT|SIMILAR]->(:Movie)
WITH r LIMIT $limit
DELETE r
