"""Reads stored recommendations back with the paths that explain them."""
