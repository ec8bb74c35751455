"""The report of a comparison: tables, plots, HTML and Markdown."""
