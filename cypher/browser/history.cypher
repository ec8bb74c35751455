// Draws the films that a user rated last, with the stars on the relationships.
// Parameters: $userId
// Returns: user, rated (relationship), film
MATCH (user:User {userId: $userId})-[rated:RATED]->(film:Movie)
RETURN user, rated, film ORDER BY rated.position DESC LIMIT 15
