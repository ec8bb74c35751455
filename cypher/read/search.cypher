// Finds movies and people by their names, those that match best first; of equal matches, those with
// more ratings or films.
// In Browser: :params {words: 'toy OR toy~', limit: 10}
// Parameters: $words (a Lucene query), $limit
// Returns: kind (Movie or Person), key (movieId or personId), name, year, ratings (of a movie),
//   directed, wrote, acted (numbers of films, of a person)
CALL () {
  CALL db.index.fulltext.queryNodes('movie_title', $words) YIELD node, score
  RETURN node, score, COUNT { (node)<-[:RATED]-() } AS size
  UNION ALL
  CALL db.index.fulltext.queryNodes('person_name', $words) YIELD node, score
  RETURN node, score, COUNT { (node)-[:DIRECTED|WROTE|ACTED_IN]-() } AS size
}
WITH node, score, size
ORDER BY score DESC, size DESC, node.entityId
LIMIT $limit
RETURN CASE WHEN node:Movie THEN 'Movie' ELSE 'Person' END AS kind,
       coalesce(node.movieId, node.personId) AS key,
       coalesce(node.title, node.name) AS name,
       node.year AS year,
       COUNT { (node)<-[:RATED]-() } AS ratings,
       COUNT { MATCH (node)-[:DIRECTED]-() WHERE node:Person } AS directed,
       COUNT { MATCH (node)-[:WROTE]-() WHERE node:Person } AS wrote,
       COUNT { MATCH (node)-[:ACTED_IN]-() WHERE node:Person } AS acted
ORDER BY score DESC, size DESC, node.entityId
