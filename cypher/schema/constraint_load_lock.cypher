// Makes name unique among LoadLock nodes, so that two transactions that store the same one take
// turns. None is kept: see load/lock.
// Parameters: none
// Returns: nothing
CREATE CONSTRAINT load_lock_name IF NOT EXISTS
FOR (n:LoadLock) REQUIRE n.name IS UNIQUE
