// Lists the items of a graph, with MovieLens's names as in read_users.
// Parameters: none
// Returns: element (elementId), key, name, year
MATCH (m:Movie)
RETURN elementId(m) AS element, m.movieId AS key, toString(m.title) AS name, m.year AS year
