// Stores items of a described folder, with MovieLens's names as in read_users. Each row has key, and
// name and year or null.
// Parameters: $rows
// Returns: nothing
UNWIND $rows AS row
MERGE (m:Movie {movieId: row.key})
SET m:Loaded, m.title = row.name, m.year = row.year
