// Removes up to $limit relationships of users and movies: ratings, recommendations and derived
// relationships. Repeat it until it removes none.
// Parameters: $limit
// Returns: nothing
MATCH (:Entity)-[r:RATED|HELD_OUT|RECOMMENDED|BECAUSE|WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(:Entity)
WITH r LIMIT $limit
DELETE r
