// Counts the nodes of each label.
// Parameters: none
// Returns: label, number
RETURN 'User' AS label, COUNT { (:User) } AS number
UNION ALL
RETURN 'Movie' AS label, COUNT { (:Movie) } AS number
UNION ALL
RETURN 'Person' AS label, COUNT { (:Person) } AS number
UNION ALL
RETURN 'Genre' AS label, COUNT { (:Genre) } AS number
UNION ALL
RETURN 'Entity' AS label, COUNT { (:Entity) } AS number
UNION ALL
RETURN 'Run' AS label, COUNT { (:Run) } AS number
