// Lists the attributes of items over one relationship type, with MovieLens's names as in
// read_users.
// Parameters: none
// Returns: item (elementId), element (elementId of the attribute), key, name
MATCH (m:Movie)-[:DIRECTED]-(p:Person)
RETURN DISTINCT elementId(m) AS item, elementId(p) AS element, p.personId AS key,
       toString(p.name) AS name
