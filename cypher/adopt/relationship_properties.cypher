// Lists the properties that a sample of 1,000 relationships of each type has.
// Parameters: none
// Returns: type, properties (maps of name, types of the values, having: number of relationships
//   with it), sampled (number of relationships in the sample)
CALL db.relationshipTypes() YIELD relationshipType AS type
CALL (type) {
  MATCH ()-[r]->() WHERE type(r) = type
  WITH r LIMIT 1000
  RETURN collect(r) AS sample
}
CALL (sample) {
  UNWIND sample AS r
  UNWIND keys(r) AS key
  WITH key, collect(DISTINCT head(split(valueType(r[key]), ' '))) AS types, count(*) AS having
  RETURN collect({name: key, types: types, having: having}) AS properties
}
RETURN type, properties, size(sample) AS sampled
