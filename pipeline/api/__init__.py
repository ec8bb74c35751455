"""The Python interface: what the commands do, as methods with typed results."""
