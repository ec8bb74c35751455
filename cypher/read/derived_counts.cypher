// Counts the derived relationships.
// Parameters: none
// Returns: watchedNext, similar, watchedAlike
RETURN COUNT { ()-[:WATCHED_NEXT]->() } AS watchedNext,
       COUNT { ()-[:SIMILAR]->() } AS similar,
       COUNT { ()-[:WATCHED_ALIKE]->() } AS watchedAlike
