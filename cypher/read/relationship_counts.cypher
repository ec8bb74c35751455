// Counts the relationships of each type that a load writes. Those that begin at other nodes are of
// someone else.
// Parameters: none
// Returns: type, number
RETURN 'RATED' AS type, COUNT { (:User)-[:RATED]->() } AS number
UNION ALL
RETURN 'HELD_OUT' AS type, COUNT { (:User)-[:HELD_OUT]->() } AS number
UNION ALL
RETURN 'IN_GENRE' AS type, COUNT { (:Movie)-[:IN_GENRE]->() } AS number
UNION ALL
RETURN 'DIRECTED' AS type, COUNT { (:Person)-[:DIRECTED]->() } AS number
UNION ALL
RETURN 'ACTED_IN' AS type, COUNT { (:Person)-[:ACTED_IN]->() } AS number
UNION ALL
RETURN 'WROTE' AS type, COUNT { (:Person)-[:WROTE]->() } AS number
