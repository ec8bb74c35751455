// Draws what leads from a user's films to a film that may not be recommended: the strongest
// relationships between films. An empty picture means that nothing does.
// Parameters: $userId, $movieId
// Returns: user, rated, film, leads (relationship), movie
MATCH (movie:Movie {movieId: $movieId})<-[leads:SIMILAR|WATCHED_NEXT]-(film:Movie)
WHERE leads.weight IS NOT NULL
MATCH (user:User {userId: $userId})-[rated:RATED]->(film)
RETURN user, rated, film, leads, movie ORDER BY leads.weight DESC LIMIT 5
