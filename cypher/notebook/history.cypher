// Lists the films that a user rated in the training part, the oldest first, as nodes.
// Parameters: $userId
// Returns: film (node), stars (or null), timestamp, position
MATCH (:User {userId: $userId})-[rated:RATED]->(film:Movie)
RETURN film, rated.rating AS stars, rated.timestamp AS timestamp, rated.position AS position
ORDER BY position
