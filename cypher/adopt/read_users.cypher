// Lists the users of a graph. The names are those of MovieLens; for another graph, pipeline split
// puts those of its description in their place.
// Parameters: none
// Returns: element (elementId), key, name
MATCH (u:User)
RETURN elementId(u) AS element, u.userId AS key, toString(u.name) AS name
