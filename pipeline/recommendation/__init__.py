"""Ranks movies, finds the paths that explain them, writes both back and reads them again."""
