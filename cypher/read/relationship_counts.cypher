// Counts the relationships of each type that a load writes.
// Parameters: none
// Returns: type, number
RETURN 'RATED' AS type, COUNT { ()-[:RATED]->() } AS number
UNION ALL
RETURN 'HELD_OUT' AS type, COUNT { ()-[:HELD_OUT]->() } AS number
UNION ALL
RETURN 'IN_GENRE' AS type, COUNT { ()-[:IN_GENRE]->() } AS number
UNION ALL
RETURN 'DIRECTED' AS type, COUNT { ()-[:DIRECTED]->() } AS number
UNION ALL
RETURN 'ACTED_IN' AS type, COUNT { ()-[:ACTED_IN]->() } AS number
UNION ALL
RETURN 'WROTE' AS type, COUNT { ()-[:WROTE]->() } AS number
