"""The graph as objects, for notebooks: py2neo models that read what the pipeline wrote.

This package is an extra, ``pip install 'rkan[py2neo]'``, and nothing else in the pipeline uses it.
py2neo gets no more updates; docs/notebooks.md says what that means and shows the way without it.
"""

import importlib.util

from pipeline.errors import ConfigError

if importlib.util.find_spec("py2neo") is None:
    raise ConfigError(
        "pipeline.notebook needs a package that is not installed (py2neo); "
        "run: pip install 'rkan[py2neo]'"
    )
