// Returns the root mean square of the weights of each derived relationship between movies.
// Parameters: $weight (the property with the weight: weight or earlyWeight)
// Returns: type, scale (null if there are no weights)
MATCH (:Movie)-[next:WATCHED_NEXT|SIMILAR]->(:Movie)
WITH type(next) AS type, next[$weight] AS weight
RETURN type, sqrt(avg(weight * weight)) AS scale
