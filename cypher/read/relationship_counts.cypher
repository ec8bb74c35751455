// How many relationships there are of each type that a load writes.
// Parameters: none
// Returns: type, number
MATCH ()-[r:RATED]->() RETURN 'RATED' AS type, count(r) AS number
UNION ALL
MATCH ()-[r:HELD_OUT]->() RETURN 'HELD_OUT' AS type, count(r) AS number
UNION ALL
MATCH ()-[r:IN_GENRE]->() RETURN 'IN_GENRE' AS type, count(r) AS number
UNION ALL
MATCH ()-[r:DIRECTED]->() RETURN 'DIRECTED' AS type, count(r) AS number
UNION ALL
MATCH ()-[r:ACTED_IN]->() RETURN 'ACTED_IN' AS type, count(r) AS number
UNION ALL
MATCH ()-[r:WROTE]->() RETURN 'WROTE' AS type, count(r) AS number
