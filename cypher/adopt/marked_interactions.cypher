// Lists the interactions that are prepared: those that train and those that are held out.
// Parameters: none
// Returns: user (userId), movie (movieId), time, rating, position
MATCH (u:User)-[r:RATED|HELD_OUT]->(m:Movie)
RETURN u.userId AS user, m.movieId AS movie, r.timestamp AS time, r.rating AS rating,
       r.position AS position
