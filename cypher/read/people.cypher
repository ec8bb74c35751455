// Reads the numbers that derived relationships stand for: the users behind one between movies, the
// shared movies of one between users.
// Parameters: $pairs (lists of two entityIds)
// Returns: source, target (entityIds), type, number
UNWIND $pairs AS pair
MATCH (:Entity {entityId: pair[0]})-[derived:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(:Entity {entityId: pair[1]})
WHERE derived.weight IS NOT NULL
RETURN pair[0] AS source, pair[1] AS target, type(derived) AS type,
       coalesce(derived.people, derived.shared) AS number
