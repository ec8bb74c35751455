// How many derived relationships there are of one part.
// Parameters: $part
// Returns: watchedNext, similar
RETURN COUNT { (:Movie)-[:WATCHED_NEXT {part: $part}]->() } AS watchedNext,
       COUNT { (:Movie)-[:SIMILAR {part: $part}]->() } AS similar
