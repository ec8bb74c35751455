"""Training that every network shares."""
