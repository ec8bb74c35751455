// Lists the films that a user rated in the training part, the newest first.
// Parameters: $userId
// Returns: name (title and year), stars (or null), position
MATCH (:User {userId: $userId})-[rated:RATED]->(film:Movie)
RETURN coalesce(film.name, film.title) AS name, rated.rating AS stars, rated.position AS position
ORDER BY position DESC
