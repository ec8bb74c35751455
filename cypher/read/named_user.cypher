// Finds users by their name, or by the key that their owner gave them.
// Parameters: $text
// Returns: userId, isKey (true if the text is the key)
MATCH (u:User)
WHERE u.ownKey = $text OR u.name = $text
RETURN u.userId AS userId, coalesce(u.ownKey = $text, false) AS isKey
ORDER BY isKey DESC, userId LIMIT 2
