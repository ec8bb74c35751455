// Counts the relationships between two items, or between two users, with MovieLens's names as in
// read_users.
// Parameters: none
// Returns: number, strong (those whose weight is a number above 0)
MATCH (:Movie)-[link:LINKED]->(:Movie)
RETURN count(link) AS number, count(CASE WHEN toFloatOrNull(link.weight) > 0 THEN 1 END) AS strong
