// Lists the server's components and their versions.
// Parameters: none
// Returns: name, version
CALL dbms.components() YIELD name, versions
RETURN name, versions[0] AS version
