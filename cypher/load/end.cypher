// Marks a load as complete: the whole data set is in the graph. The numbers of its relationships are
// kept, to find out later what was lost.
// Parameters: $name
// Returns: nothing
MATCH (d:Dataset {name: $name})
SET d.status = 'complete', d.loadedAt = datetime(),
    d.numRated = COUNT { (:User)-[:RATED]->() },
    d.numHeldOut = COUNT { (:User)-[:HELD_OUT]->() },
    d.numInGenre = COUNT { (:Movie)-[:IN_GENRE]->() },
    d.numDirected = COUNT { (:Person)-[:DIRECTED]->() },
    d.numActedIn = COUNT { (:Person)-[:ACTED_IN]->() },
    d.numWrote = COUNT { (:Person)-[:WROTE]->() }
