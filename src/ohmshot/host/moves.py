"""Which cells a write of new targets moves: targets against those that were written last, in one kernel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ohmshot.foundation.compiled import Real, kernel, law
from ohmshot.foundation.devices import tensor_on
from ohmshot.host.placement import partner
from ohmshot.host.strategies.strategy import ProgrammingStrategy


@dataclass(frozen=True)
class Moves:
    """What a write of changed targets comes to.

    Attributes:
        changed: cells whose target moves, int64 [chips].
        targets: uS that every cell is meant to hold afterwards, [chips, cells].
        cells: addresses to write, rising: those that move, with their partners where the strategy needs them.
    """

    changed: Tensor
    targets: Tensor
    cells: Tensor


def moves(before: Tensor, wanted: Tensor, threshold: float, strategy: ProgrammingStrategy) -> Moves:
    """Compare targets with those that were written last.

    Args:
        before: uS that each cell was last written to, [chips, cells].
        wanted: uS that each cell should have now, [chips, cells].
        threshold: uS, a cell is written only when its target has moved further than this.
        strategy: how it will be written.
    """
    old, new = before.cpu().numpy(), wanted.cpu().numpy()
    changed, targets = np.empty(len(old), np.int64), np.empty_like(new)
    cells = _find_moves(old, new, new.dtype.type(threshold), strategy.needs_partners, changed, targets)
    return Moves(*(tensor_on(found, wanted.device) for found in (changed, targets, cells)))


_partner = law(partner)


@law
def _has_moved(before: Real, wanted: Real, threshold: Real) -> Any:
    return abs(wanted - before) > threshold


def _moves_of_chips(
    before: np.ndarray, wanted: np.ndarray, threshold: Real, partners: bool, changed: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Fill in `Moves.changed` and `Moves.targets`; returns `Moves.cells`."""
    chips, each = before.shape
    cells, found = np.empty(before.size, np.int64), 0
    for chip in range(chips):
        old, new, count = before[chip], wanted[chip], 0
        for cell in range(each):
            moved = _has_moved(old[cell], new[cell], threshold)
            targets[chip, cell] = new[cell] if moved else old[cell]
            count += moved
            if partners:
                moved |= _has_moved(old[_partner(cell)], new[_partner(cell)], threshold)
            cells[found] = chip * each + cell  # overwritten by the next one where this one does not move: no branch
            found += moved
        changed[chip] = count
    return cells[:found]


_find_moves = kernel(_moves_of_chips, _moves_of_chips, partner)
