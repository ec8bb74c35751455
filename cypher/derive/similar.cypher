// Stores SIMILAR relationships, those of each source movie completely or not at all. A source
// movie that already has some is skipped, so a repeated run adds nothing. Each row has source
// (entityId), targets (entityIds) and weights: maps of weight with people (the number of users
// behind it), earlyWeight, or all three. Writes nothing if another writer took over or the data set
// is being removed. The SET on the data set changes nothing; it locks the data set against both.
// Parameters: $writer, $rows
// Returns: nothing
MATCH (d:Dataset {enrichmentWriter: $writer, status: 'complete'})
SET d.enrichmentWriter = $writer
WITH d
UNWIND $rows AS row
MATCH (from:Entity {entityId: row.source})
WHERE NOT EXISTS { (from)-[:SIMILAR]->() }
UNWIND range(0, size(row.targets) - 1) AS place
MATCH (to:Entity {entityId: row.targets[place]})
CREATE (from)-[next:SIMILAR]->(to)
SET next = row.weights[place]
