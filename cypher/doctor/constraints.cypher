// Lists the labels and properties that a constraint makes unique.
// Parameters: none
// Returns: label, property
SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties
WHERE (type CONTAINS 'UNIQUENESS' OR type CONTAINS 'KEY') AND size(properties) = 1
RETURN labelsOrTypes[0] AS label, properties[0] AS property
