"""What several test modules share: small graphs, tables, networks and stand-ins."""
