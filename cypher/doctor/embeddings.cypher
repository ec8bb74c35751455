// Counts the stored embeddings of users and movies, by their number of dimensions.
// Parameters: none
// Returns: label (User or Movie), dimension, number
MATCH (e:User|Movie)
WHERE e.embedding IS NOT NULL
RETURN CASE WHEN e:User THEN 'User' ELSE 'Movie' END AS label,
       size(e.embedding) AS dimension, count(*) AS number
ORDER BY label, dimension
