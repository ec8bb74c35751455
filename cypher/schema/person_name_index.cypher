// Creates a full-text index of the people's names, for pipeline search. All words count,
// also "the" and "it".
// Parameters: none
// Returns: nothing
CREATE FULLTEXT INDEX person_name IF NOT EXISTS FOR (n:Person) ON EACH [n.name]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words'}}
