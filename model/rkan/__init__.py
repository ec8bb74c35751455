"""RKAN as its paper has it."""
