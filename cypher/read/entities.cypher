// Lists every entity with its key and name, a thousand in a record: a few long lists arrive far
// faster than many short records.
// Parameters: none
// Returns: block, entities (lists of entityId, kind, key, name (null for a user), year (of a movie))
MATCH (e:Entity)
RETURN e.entityId / 1000 AS block,
       collect([
         e.entityId,
         CASE WHEN e:User THEN 'User' WHEN e:Movie THEN 'Movie'
              WHEN e:Person THEN 'Person' ELSE 'Genre' END,
         coalesce(e.userId, e.movieId, e.personId, e.name),
         coalesce(e.title, e.name),
         e.year
       ]) AS entities
