// Stores WATCHED_NEXT relationships. A source movie's are written whole or not at all: one that has some
// already is left alone, so running it again adds nothing. Each row has source (entityId), targets
// (entityIds) and weights. Writes nothing where another writer took over or the data set is being
// removed; the SET changes nothing, it locks the data set against both.
// Parameters: $writer, $rows
// Returns: nothing
MATCH (d:Dataset {enrichmentWriter: $writer, status: 'complete'})
SET d.enrichmentWriter = $writer
WITH d
UNWIND $rows AS row
MATCH (from:Entity {entityId: row.source})
WHERE NOT EXISTS { (from)-[:WATCHED_NEXT]->() }
UNWIND range(0, size(row.targets) - 1) AS place
MATCH (to:Entity {entityId: row.targets[place]})
CREATE (from)-[:WATCHED_NEXT {weight: row.weights[place]}]->(to)
