// Lists the nodes of someone else's graph that are prepared, with what pipeline split wrote on them.
// Parameters: none
// Returns: element (elementId), entityId, user (userId, or null), movie (movieId, or null), key (of
//   an attribute, or null), ownKey, name, title, year
MATCH (n:Entity)
RETURN elementId(n) AS element, n.entityId AS entityId, n.userId AS user, n.movieId AS movie,
       n.personId AS key, n.ownKey AS ownKey, n.name AS name, n.title AS title, n.year AS year
