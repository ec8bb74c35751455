// Stores WATCHED_ALIKE relationships, those of each source user completely or not at all. A source
// user who already has some is skipped, so a repeated run adds nothing. Each row has source
// (entityId), targets (entityIds) and weights: maps of weight or earlyWeight, position and until
// (positions in the target's history), movie (entityId of a movie of both) and shared (number of such
// movies). Writes nothing if another writer took over or the data set is being removed. The SET on
// the data set changes nothing; it locks the data set against both.
// Parameters: $writer, $rows
// Returns: nothing
MATCH (d:Dataset {enrichmentWriter: $writer, status: 'complete'})
SET d.enrichmentWriter = $writer
WITH d
UNWIND $rows AS row
MATCH (from:Entity {entityId: row.source})
WHERE NOT EXISTS { (from)-[:WATCHED_ALIKE]->() }
UNWIND range(0, size(row.targets) - 1) AS place
MATCH (to:Entity {entityId: row.targets[place]})
CREATE (from)-[alike:WATCHED_ALIKE]->(to)
SET alike = row.weights[place]
