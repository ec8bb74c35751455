// Counts the nodes of each label, with the properties that a sample of 1,000 of them has.
// Parameters: none
// Returns: label, number, properties (maps of name, types of the values, having: number of nodes
//   with it, different: number of different values), sampled (number of nodes in the sample)
CALL db.labels() YIELD label
CALL (label) {
  MATCH (n) WHERE label IN labels(n)
  RETURN count(n) AS number
}
CALL (label) {
  MATCH (n) WHERE label IN labels(n)
  WITH n LIMIT 1000
  RETURN collect(n) AS sample
}
CALL (sample) {
  UNWIND sample AS n
  UNWIND keys(n) AS key
  WITH key, n[key] AS value
  WITH key, collect(DISTINCT head(split(valueType(value), ' '))) AS types, count(*) AS having,
       count(DISTINCT value) AS different
  RETURN collect({name: key, types: types, having: having, different: different}) AS properties
}
RETURN label, number, properties, size(sample) AS sampled
ORDER BY number DESC, label
