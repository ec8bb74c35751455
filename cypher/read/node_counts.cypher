// How many nodes there are of each label.
// Parameters: none
// Returns: label, number
MATCH (n:User) RETURN 'User' AS label, count(n) AS number
UNION ALL
MATCH (n:Movie) RETURN 'Movie' AS label, count(n) AS number
UNION ALL
MATCH (n:Person) RETURN 'Person' AS label, count(n) AS number
UNION ALL
MATCH (n:Genre) RETURN 'Genre' AS label, count(n) AS number
UNION ALL
MATCH (n:Entity) RETURN 'Entity' AS label, count(n) AS number
UNION ALL
MATCH (n:Run) RETURN 'Run' AS label, count(n) AS number
