// Reads the numbers that derived relationships stand for: the users behind one between movies, the
// shared movies of one between users. Graphs of earlier versions lack some.
// Parameters: $ends (maps of source: entityId, and targets: entityIds)
// Returns: source (entityId), targets (entityIds), types, numbers (-1 where there is none)
UNWIND $ends AS each
MATCH (:Entity {entityId: each.source})-[derived:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(target)
WHERE target.entityId IN each.targets AND derived.weight IS NOT NULL
RETURN each.source AS source, collect(target.entityId) AS targets, collect(type(derived)) AS types,
       collect(coalesce(derived.people, derived.shared, -1)) AS numbers
