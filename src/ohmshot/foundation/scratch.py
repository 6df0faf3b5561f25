"""Room for numbers on the way in compiled code: one function an element type, so that each is compiled once.

NumPy's own functions are compiled anew for every number of dimensions and every way to name them, 0.1 s each.
"""

import numpy as np

from ohmshot.foundation.compiled import F32, I64, U32, law


@law
def reals(rows: int | np.integer, width: int | np.integer) -> np.ndarray:
    """Room for float32 [rows, width], with whatever stands there."""
    return np.empty((rows, width), F32)


@law
def words(rows: int | np.integer, width: int | np.integer) -> np.ndarray:
    """Room for uint32 [rows, width], with whatever stands there."""
    return np.empty((rows, width), U32)


@law
def integers(rows: int | np.integer, width: int | np.integer) -> np.ndarray:
    """Room for int64 [rows, width], with whatever stands there."""
    return np.empty((rows, width), I64)
