// Counts the relationships of each type between each two labels.
// Parameters: none
// Returns: type, source (label), target (label), number, sources (different start nodes), targets
//   (different end nodes)
MATCH (a)-[r]->(b)
UNWIND labels(a) AS source
UNWIND labels(b) AS target
RETURN type(r) AS type, source, target, count(r) AS number, count(DISTINCT a) AS sources,
       count(DISTINCT b) AS targets
ORDER BY number DESC, type, source, target
