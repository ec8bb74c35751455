"""Array types shared by all of the code, the padding value, and ragged ranges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PADDING = -1  # an empty place in an array of ids or rows

Integers = npt.NDArray[np.int64]
Integers32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


def ranges(starts: Integers, sizes: Integers) -> Integers:
    """Return start, start + 1, ... of each of these ranges, one after the other, int64 [sum]."""
    ends = np.cumsum(sizes)
    return np.arange(int(sizes.sum())) + np.repeat(starts - ends + sizes, sizes)
