// Lists the full-text indexes of titles and names that can be searched.
// Parameters: none
// Returns: name
SHOW INDEXES YIELD name, type, state
WHERE type = 'FULLTEXT' AND state = 'ONLINE' AND name IN ['movie_title', 'person_name']
RETURN name
