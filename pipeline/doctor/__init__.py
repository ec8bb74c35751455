"""Checks of an installation and a database, each with the way to repair what it finds."""
