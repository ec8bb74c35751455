// Stores movies. Each row has movieId, entityId, title, and year and imdbId if they are known.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (m:Movie {movieId: row.movieId})
SET m:Entity,
    m.entityId = row.entityId,
    m.title = row.title,
    m.year = row.year,
    m.imdbId = row.imdbId
