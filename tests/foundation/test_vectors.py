"""Vectors of sixteen: the bits of a loop over numbers, compiled and in plain Python."""

import numpy as np

from ohmshot.foundation.compiled import F32, kernel
from ohmshot.foundation.vectors import LANES, loaded, spread, stored


def _line(rows: np.ndarray, slope: np.float32, out: np.ndarray) -> None:
    """``out[1, 1:17] = slope * rows[1, 3:19] + 0.1``, a number on either side of the product."""
    values = loaded(rows, 1, 3)
    total = spread(F32(0.1))
    total += slope * values
    stored(total + values * F32(0), out, 1, 1)


def test_a_vector_is_sixteen_numbers_each_rounded_by_itself() -> None:
    rows = np.arange(60, dtype=F32).reshape(3, 20)
    for run in (_line, kernel(_line)):
        out = np.full((2, 18), -1, F32)
        run(rows, F32(0.3), out)
        assert out[1, 1:17].tolist() == [F32(0.1) + F32(0.3) * F32(23 + n) for n in range(LANES)]
        assert out[0].tolist() == [-1] * 18
        assert out[1, [0, 17]].tolist() == [-1, -1]
        assert out[1, 1] == F32(7.0)  # 23 * 0.3 + 0.1
