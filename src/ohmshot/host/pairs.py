"""Differences on pairs of cells: how the two cells of a pair share one, and which level each is written to."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ohmshot.bundle.levels import round_each
from ohmshot.foundation.compiled import F32, Real, kernel, law
from ohmshot.foundation.philox import clip

Share = Callable[[Real, Real, Real], tuple[Real, Real]]
"""A law: a difference, the reset state and the middle of a cell's window to the plus and the minus cell, all in uS."""


@dataclass(frozen=True)
class PairPolicy:
    """A rule by which the two cells of a pair share a difference.

    Attributes:
        share: the law.
        reach: widest difference over the window of one cell.
    """

    share: Share
    reach: float


@law
def _one_sided(difference: Real, low: Real, middle: Real) -> tuple[Real, Real]:
    """One cell carries the weight and its partner stays reset: the fewest pulses, the most stable state for half."""
    return low + max(difference, F32(0)), low - min(difference, F32(0))


@law
def _one_fixed(difference: Real, low: Real, middle: Real) -> tuple[Real, Real]:
    """The minus cell stays in the middle for ever and only the plus cell is written (arXiv 2511.03858)."""
    return middle + difference, middle


@law
def _balanced(difference: Real, low: Real, middle: Real) -> tuple[Real, Real]:
    """Both cells move by half, about the middle."""
    half = difference * F32(0.5)
    return middle + half, middle - half


PAIR_POLICIES: dict[str, PairPolicy] = {
    "one-sided": PairPolicy(_one_sided, 1.0),
    "one-fixed": PairPolicy(_one_fixed, 0.5),
    "balanced": PairPolicy(_balanced, 1.0),
}


@functools.cache
def carried_by(share: Share) -> Callable[..., None]:
    """Return the kernel that brings differences onto pairs of cells.

    Its arguments: differences in uS [chips, pairs]; the widest one, the reset state and the middle of a cell's window
    in uS; the middles between levels [levels - 1] and the levels in uS [levels], none for any conductance; the plus and
    the minus cell of each pair, int64 [pairs]; written are their targets in uS among those of all cells [chips, cells].
    """

    def carry(
        differences: np.ndarray,
        window: Real,
        low: Real,
        middle: Real,
        middles: np.ndarray,
        levels: np.ndarray,
        plus: np.ndarray,
        minus: np.ndarray,
        targets: np.ndarray,
    ) -> None:
        pairs = differences.shape[1]
        meant, nearest = np.empty(2 * pairs, differences.dtype), np.empty(2 * pairs, differences.dtype)
        of_plus, of_minus, held = meant[:pairs], meant[pairs:], nearest if len(levels) else meant
        for chip in range(differences.shape[0]):
            of_chip = differences[chip]
            for i in range(pairs):
                of_plus[i], of_minus[i] = share(clip(of_chip[i], -window, window), low, middle)
            if len(levels):
                round_each(meant, middles, levels, nearest)
            for i in range(pairs):
                targets[chip, plus[i]] = held[i]
                targets[chip, minus[i]] = held[pairs + i]

    return kernel(carry, carry, share, round_each)
