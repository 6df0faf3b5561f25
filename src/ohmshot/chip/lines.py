"""The matrix that a multiply meets: conductances now, through lines with resistance, and the variance of a read.

The current of a row falls along the row line and the current of a column along the column line. Both drops are linear
in the row voltages, so to first order in the line resistance r they are a correction of the matrix:
``G (1 - r a - r b)`` with ``a[i, j] = sum_m min(m, j) G[i, m]`` from the row and
``b[i, j] = sum_m (rows + 1 - max(m, i)) G[m, j]`` from the column (drivers before column 1, converters below the last
row; positions counted from 1). Both are running sums of running sums. The drivers of every array stand before its own
column 1, so a row line ends with its array.
"""

from typing import NamedTuple

import numpy as np

from ohmshot.cell.technology import Technology
from ohmshot.chip.one_cell import conductance_with_trap, read_variance
from ohmshot.foundation.compiled import F32, Bits, Real, kernel, law
from ohmshot.foundation.scratch import reals
from ohmshot.foundation.vectors import LANES, filled_up, loaded, spread, stored

Array = np.ndarray


@law
def next_on_row(along: Real, beyond: Real, g: Real) -> tuple[Real, Real]:
    """Go to the next cell of a row line; numbers or vectors, in uS times cells.

    Args:
        along: drop up to the cell before.
        beyond: conductances of the cells that are still to come.
        g: of the cell.

    Returns:
        Drop up to the cell, and the conductances beyond it.
    """
    return along + beyond, beyond - g


@law
def next_on_column(below: Real, above: Real, cells: Real, g: Real) -> tuple[Real, Real, Real]:
    """Go to the next cell of a column line; numbers or vectors, in uS times cells.

    Args:
        below: drop that the cells from this one on cause.
        above: conductances of the cells before it.
        cells: that its current passes to the converter, itself included.
        g: of the cell.

    Returns:
        Drop at the cell, then ``below`` and ``above`` of the next.
    """
    return below + cells * above, below - cells * g, above + g


@law
def through_drop(conductance: Real, drop: Real, per_us: Real) -> Real:
    """Conductance as the periphery sees it through lines, uS; it does not turn around."""
    return conductance * max(F32(1) - per_us * drop, F32(0))


class _Scratch(NamedTuple):
    """Numbers on the way, of one chip; rows and columns are filled up with zeros to whole vectors.

    Attributes:
        by_rows: conductances now, uS [rows, columns].
        by_columns: the same, [columns, rows].
        along_rows: drops along the row lines, uS times cells [columns, rows].
        along_columns: drops along the column lines, [rows, columns].
    """

    by_rows: Array
    by_columns: Array
    along_rows: Array
    along_columns: Array


@law
def _conductances_now(
    cells: Array, traps: Array, clock: Real, key: Bits, chip: int, columns: int, p: Technology, s: _Scratch
) -> None:
    """Conductances of the cells of one chip now, by rows and by columns; all traps come to now."""
    for i in range(cells.shape[1] // columns):
        for j in range(columns):
            place = i * columns + j
            now = conductance_with_trap(cells[chip, place], traps, clock, key, chip, place, p)
            s.by_rows[i, j] = s.by_columns[j, i] = now


@law
def _fall_along_rows(columns: int, width: int, s: _Scratch) -> None:
    """Drops along the row lines of arrays of so many columns, sixteen rows at a time."""
    for i in range(0, s.by_columns.shape[1], LANES):
        for first in range(0, columns, width):
            along = beyond = spread(F32(0))
            for j in range(first, first + width):
                beyond = beyond + loaded(s.by_columns, j, i)
            for j in range(first, first + width):
                along, beyond = next_on_row(along, beyond, loaded(s.by_columns, j, i))
                stored(along, s.along_rows, j, i)


@law
def _fall_along_columns(s: _Scratch) -> None:
    """Drops along the column lines, sixteen columns at a time."""
    rows = s.by_rows.shape[0]
    for j in range(0, s.by_rows.shape[1], LANES):
        below = above = spread(F32(0))
        for i in range(rows):
            below = below + F32(rows - i) * loaded(s.by_rows, i, j)
        for i in range(rows):
            drop, below, above = next_on_column(below, above, F32(rows - i), loaded(s.by_rows, i, j))
            stored(drop, s.along_columns, i, j)


def _matrix(
    cells: Array,
    traps: Array,
    clock: Array,
    life: Array,
    p: Technology,
    width: int,
    per_us: Real,
    matrix: Array,
    variances: Array,
) -> None:
    """Conductances that a multiply meets, and the variance of a read of each cell.

    Args:
        cells: of all chips (`ohmshot.chip.kernels`).
        traps: of the cells, or of none.
        clock: s, [chips].
        life: keys.
        p: the technology.
        width: columns of one array.
        per_us: line resistance from one cell to the next, 1 / uS.
        matrix: uS, [chips, columns, rows], to be written.
        variances: uS^2, the same shape; of no columns where reads have no noise.
    """
    chips, columns, rows = matrix.shape
    wide, high = filled_up(columns), filled_up(rows)
    s = _Scratch(reals(rows, wide), reals(columns, high), reals(columns, high), reals(rows, wide))
    for part in s:
        part[:] = F32(0)
    for chip in range(chips):
        _conductances_now(cells, traps, clock[chip], life[chip], chip, columns, p, s)
        if per_us > 0:
            _fall_along_rows(columns, width, s)
            _fall_along_columns(s)
        for j in range(columns):
            for i in range(rows):
                drop = s.along_rows[j, i] + s.along_columns[i, j]
                matrix[chip, j, i] = through_drop(s.by_columns[j, i], drop, per_us)
        if variances.shape[1] > 0:
            for j in range(columns):
                for i in range(rows):
                    seen = matrix[chip, j, i]
                    variances[chip, j, i] = read_variance(seen, cells[chip, i * columns + j], p)


matrix = kernel(_matrix)
