// How many derived relationships there are.
// Parameters: none
// Returns: watchedNext, similar
RETURN COUNT { ()-[:WATCHED_NEXT]->() } AS watchedNext,
       COUNT { ()-[:SIMILAR]->() } AS similar
