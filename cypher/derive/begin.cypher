// Marks a part of the derived relationships as being written, by this writer from now on and by no
// earlier one. Nothing happens where the graph does not hold this data set in full. The SET on the
// data set changes nothing; it locks it against its removal.
// Parameters: $dataHash, $part, $writer
// Returns: nothing
MATCH (d:Dataset {dataHash: $dataHash, status: 'complete'})
SET d.status = d.status
MERGE (e:Enrichment {part: $part})
SET e = {part: $part, status: 'writing', writer: $writer}
