// Draws the film with most ratings, its people and its genres: a look at the graph.
// Parameters: none
// Returns: film, ties (relationships), others (people and genres)
MATCH (film:Movie)
WITH film ORDER BY COUNT { (film)<-[:RATED]-() } DESC, film.movieId LIMIT 1
OPTIONAL MATCH (film)-[tie:DIRECTED|WROTE|ACTED_IN|IN_GENRE]-(other)
WITH film, tie, other ORDER BY type(tie), other.name LIMIT 15
RETURN film, collect(tie) AS ties, collect(other) AS others
