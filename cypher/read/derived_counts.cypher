// Counts the derived relationships.
// Parameters: none
// Returns: watchedNext, similar
RETURN COUNT { ()-[:WATCHED_NEXT]->() } AS watchedNext,
       COUNT { ()-[:SIMILAR]->() } AS similar
