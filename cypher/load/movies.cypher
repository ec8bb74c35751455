// Stores movies. Each row has movieId, entityId, title, and year and imdbId if they are known. The
// name, for captions in Browser, is the title with the year.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (m:Movie {movieId: row.movieId})
SET m:Entity,
    m.entityId = row.entityId,
    m.title = row.title,
    m.name = CASE WHEN row.year IS NULL OR row.title ENDS WITH '(' + row.year + ')' THEN row.title
                  ELSE row.title + ' (' + row.year + ')' END,
    m.year = row.year,
    m.imdbId = row.imdbId
