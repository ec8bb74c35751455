"""Networks over paths: one interface, one registry, one folder per network."""
