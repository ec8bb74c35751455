// Stores WATCHED_NEXT relationships of one part. A source movie's are written whole or not at all: one that
// has some of this part already is left alone, so running it again adds nothing. Each row has source
// (entityId), targets (entityIds) and weights. Writes nothing where another writer took the part
// over; the SET changes nothing, it locks the part against one.
// Parameters: $part, $writer, $rows
// Returns: nothing
MATCH (e:Enrichment {part: $part, writer: $writer})
SET e.writer = $writer
WITH e
UNWIND $rows AS row
MATCH (from:Entity {entityId: row.source})
WHERE NOT EXISTS { (from)-[:WATCHED_NEXT {part: $part}]->() }
UNWIND range(0, size(row.targets) - 1) AS place
MATCH (to:Entity {entityId: row.targets[place]})
CREATE (from)-[:WATCHED_NEXT {weight: row.weights[place], part: $part}]->(to)
