"""Array types shared by all of the code, and the padding value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PADDING = -1  # an empty place in an array of ids or rows

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
