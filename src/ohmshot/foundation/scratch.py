"""Room for numbers on the way in compiled code: one function an element type, so that each is compiled once.

NumPy's own functions are compiled anew for every number of dimensions and every way to name them, 0.1 s each.
"""

import numpy as np

from ohmshot.foundation.compiled import F32, I64, U32, outlined


@outlined
def reals(rows: int | np.integer, width: int | np.integer) -> np.ndarray:
    """Zeros, float32 [rows, width]."""
    room = np.empty((rows, width), F32)
    room[:] = F32(0)
    return room


@outlined
def words(rows: int | np.integer, width: int | np.integer) -> np.ndarray:
    """Zeros, uint32 [rows, width]."""
    room = np.empty((rows, width), U32)
    room[:] = U32(0)
    return room


@outlined
def integers(rows: int | np.integer, width: int | np.integer) -> np.ndarray:
    """Zeros, int64 [rows, width]."""
    room = np.empty((rows, width), I64)
    room[:] = I64(0)
    return room
