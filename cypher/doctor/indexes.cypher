// Lists all indexes of labels, types and properties, with their state.
// Parameters: none
// Returns: name, state ('ONLINE', 'POPULATING' or 'FAILED'), percent (of what is indexed so far)
SHOW INDEXES YIELD name, type, state, populationPercent
WHERE type <> 'LOOKUP'
RETURN name, state, populationPercent AS percent
