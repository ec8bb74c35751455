// One Enrichment per part, and an index to find it by.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT enrichment_part IF NOT EXISTS
FOR (n:Enrichment) REQUIRE n.part IS UNIQUE
