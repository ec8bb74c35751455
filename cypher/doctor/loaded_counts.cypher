// Lists how many relationships of each type the data set had when its load ended.
// Parameters: none
// Returns: type, number (null if the load was of an earlier version)
MATCH (d:Dataset)
UNWIND [
  ['RATED', d.numRated], ['HELD_OUT', d.numHeldOut], ['IN_GENRE', d.numInGenre],
  ['DIRECTED', d.numDirected], ['ACTED_IN', d.numActedIn], ['WROTE', d.numWrote]
] AS row
RETURN row[0] AS type, row[1] AS number
