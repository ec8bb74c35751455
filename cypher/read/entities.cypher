// Lists every entity with its key and name.
// Parameters: none
// Returns: entity (entityId), kind, key, name (null for a user), year (of a movie)
MATCH (e:Entity)
RETURN e.entityId AS entity,
       CASE WHEN e:User THEN 'User' WHEN e:Movie THEN 'Movie'
            WHEN e:Person THEN 'Person' ELSE 'Genre' END AS kind,
       coalesce(e.userId, e.movieId, e.personId, e.name) AS key,
       coalesce(e.title, e.name) AS name,
       e.year AS year
