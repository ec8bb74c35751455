// Creates a full-text index of the movies' titles, for pipeline search. All words count,
// also "the" and "it".
// Parameters: none
// Returns: nothing
CREATE FULLTEXT INDEX movie_title IF NOT EXISTS FOR (n:Movie) ON EACH [n.title]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words'}}
