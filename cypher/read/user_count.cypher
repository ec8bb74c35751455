// Counts the users who have ratings, without those whose ratings are all held out.
// Parameters: none
// Returns: users
RETURN COUNT { MATCH (u:User) WHERE EXISTS { (u)-[:RATED]->() } } AS users
