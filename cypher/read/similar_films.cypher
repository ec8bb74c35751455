// Finds the films that are most like a film: those with the greatest weight of SIMILAR, then those
// with the greatest of WATCHED_NEXT. Relationships of the early histories alone do not count.
// In Browser: :params {movieId: 1, limit: 10}
// Parameters: $movieId, $limit
// Returns: movieId, title, year, similar (weight, or null), tooPeople (people who watched both),
//   next (weight, or null), soonPeople (those who watched it soon after the film), people (who made
//   both: maps of personId, name, and here and there: the relationship types to either film)
MATCH (film:Movie {movieId: $movieId})-[r:SIMILAR|WATCHED_NEXT]->(other:Movie)
WHERE r.weight IS NOT NULL
WITH film, other,
     max(CASE WHEN type(r) = 'SIMILAR' THEN r.weight END) AS similar,
     max(CASE WHEN type(r) = 'SIMILAR' THEN r.people END) AS tooPeople,
     max(CASE WHEN type(r) = 'WATCHED_NEXT' THEN r.weight END) AS next,
     max(CASE WHEN type(r) = 'WATCHED_NEXT' THEN r.people END) AS soonPeople
ORDER BY similar IS NULL, similar DESC, next IS NULL, next DESC, other.movieId
LIMIT $limit
RETURN other.movieId AS movieId, other.title AS title, other.year AS year,
       similar, tooPeople, next, soonPeople,
       COLLECT {
         MATCH (film)-[made:DIRECTED|WROTE|ACTED_IN]-(p:Person)
         MATCH (p)-[also:DIRECTED|WROTE|ACTED_IN]-(other)
         WITH p, collect(DISTINCT type(made)) AS here, collect(DISTINCT type(also)) AS there
         RETURN {personId: p.personId, name: p.name, here: here, there: there}
       } AS people
ORDER BY similar IS NULL, similar DESC, next IS NULL, next DESC, movieId
