// Removes some of the relationships that lead from users and movies to movies; run it until it
// removes none.
// Parameters: $limit
// Returns: nothing
MATCH (:User|Movie)-[r:RATED|HELD_OUT|RECOMMENDED|WATCHED_NEXT|SIMILAR]->(:Movie)
WITH r LIMIT $limit
DELETE r
