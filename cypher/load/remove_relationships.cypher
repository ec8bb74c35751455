// Removes up to $limit relationships of users and movies: ratings, recommendations and derived
// relationships. Repeat it until it removes none.
// Parameters: $limit
// Returns: nothing
MATCH (:User|Movie)-[r:RATED|HELD_OUT|RECOMMENDED|WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(:User|Movie)
WITH r LIMIT $limit
DELETE r
