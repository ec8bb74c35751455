"""Search the settings of methods on an inner split."""
