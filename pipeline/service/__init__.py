"""The read-only HTTP service: the questions of the Python interface as GET requests.

This package is an extra, ``pip install 'rkan[serve]'``.
"""
