"""Bits that a cell holds at a given error: levels read back by thresholds, their numbers in Gray code."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ohmshot.foundation.errors import MeasurementError

Floats = NDArray[np.float64]


def gray_distance(first: int, second: int) -> int:
    """Bits in which the Gray codes ``n ^ (n >> 1)`` of two levels differ; 1 for neighbours."""
    return ((first ^ (first >> 1)) ^ (second ^ (second >> 1))).bit_count()


def gray_error_rate(levels: list[Floats]) -> float:
    """Share of wrong bits where levels are read by the thresholds halfway between their medians.

    Args:
        levels: conductances in uS of the cells of each level, levels rising.

    Returns:
        Wrong bits over all bits, every level counted alike; 0 for one level.
    """
    if len(levels) < 2:
        return 0.0
    medians = [float(np.median(each)) for each in levels]
    edges = (np.array(medians[:-1]) + np.array(medians[1:])) / 2
    bits = int(np.ceil(np.log2(len(levels))))
    table = np.array([[gray_distance(a, b) for b in range(len(levels))] for a in range(len(levels))])
    wrong = [float(table[number, np.searchsorted(edges, cells)].mean()) for number, cells in enumerate(levels)]
    return float(np.mean(wrong)) / bits


def errors_by_bits(targets: ArrayLike, conductances: ArrayLike) -> list[tuple[float, float]]:
    """Bit error rate of the best choice of 2, 4, 8 ... of the measured levels.

    Args:
        targets: level that each cell was written to, uS, [cells].
        conductances: read back, uS, [cells].

    Returns:
        (bits, error rate) of each number of levels. Levels are chosen at equal steps of the cumulated spread, so that
        neighbours are apart by as many standard deviations as the measured levels allow.

    Raises:
        MeasurementError: fewer than two levels with two cells each.
    """
    target, read = np.asarray(targets, dtype=float), np.asarray(conductances, dtype=float)
    by_level = [read[target == each] for each in np.unique(target)]
    by_level = sorted((each for each in by_level if len(each) > 1), key=lambda cells: float(np.median(cells)))
    if len(by_level) < 2:
        raise MeasurementError("Two levels or more with two cells each are needed to count errors.")
    medians = np.array([np.median(each) for each in by_level])
    widths = np.array([max(float(np.std(each)), 1e-9) for each in by_level])
    place = np.concatenate([[0.0], np.cumsum(np.diff(medians) / ((widths[:-1] + widths[1:]) / 2))])
    found, bits = [], 1
    while 2**bits <= len(by_level):
        wanted = np.linspace(0, place[-1], 2**bits)
        chosen = sorted({int(np.abs(place - each).argmin()) for each in wanted})
        rest = [number for number in range(len(by_level)) if number not in chosen]
        chosen = sorted([*chosen, *rest[: 2**bits - len(chosen)]])
        found.append((float(bits), gray_error_rate([by_level[number] for number in chosen])))
        bits += 1
    return found
