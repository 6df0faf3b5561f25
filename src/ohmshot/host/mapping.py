"""Weights as differences of two conductances."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ohmshot.bundle.levels import nearest, on_copies, over_copies
from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.errors import SettingsError

Levels = Literal["datasheet", "continuous"] | int | tuple[float, ...]
"""Conductances that a cell may be written to: "datasheet" for the chip's own levels and the reset state; "continuous"
for any; a number of equally spaced states from the reset state to the highest level; or uS, rising."""

FEWEST_LEVELS, MOST_LEVELS = 2, 1024


@dataclass(frozen=True)
class PairPolicy:
    """A rule by which the two cells of a pair share a difference.

    Attributes:
        share: (difference in uS, lowest conductance, highest) to the plus and the minus cell, in uS.
        reach: widest difference over the window of one cell.
    """

    share: Callable[[Tensor, float, float], tuple[Tensor, Tensor]]
    reach: float


def _one_sided(difference: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """One cell carries the weight and its partner stays reset: the fewest pulses, the most stable state for half."""
    return low + difference.clamp(min=0), low - difference.clamp(max=0)


def _one_fixed(difference: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """The minus cell stays in the middle for ever and only the plus cell is written (arXiv 2511.03858)."""
    middle = torch.full_like(difference, (low + high) / 2)
    return middle + difference, middle


def _balanced(difference: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Both cells move by half, about the middle."""
    middle = (low + high) / 2
    return middle + difference / 2, middle - difference / 2


PAIR_POLICIES: dict[str, PairPolicy] = {
    "one-sided": PairPolicy(_one_sided, 1.0),
    "one-fixed": PairPolicy(_one_fixed, 0.5),
    "balanced": PairPolicy(_balanced, 1.0),
}


@dataclass(frozen=True)
class WeightMapping:
    """One layer's weights on pairs of cells: ``weight = sum(plus - minus) * full_scale / (copies * window)``.

    Attributes:
        full_scale: the weight of the widest difference of all copies.
        window: uS, the widest difference.
        low: uS, the reset state.
        high: uS, the highest level.
        levels: uS, rising, what a cell may be written to; None for any conductance.
        policy: how the two cells share a difference.
        copies: pairs that carry a weight together.
    """

    full_scale: float
    window: float
    low: float
    high: float
    levels: Tensor | None
    policy: PairPolicy
    copies: int = 1

    def targets(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Conductances in uS of the plus and the minus cells, each on its nearest level.

        Weights [..., outputs] give [..., copies * outputs] (`ohmshot.bundle.levels.on_copies`).
        """

        def carried(difference: Tensor) -> Tensor:
            plus, minus = self._cells(difference)
            return plus - minus

        return self._cells(on_copies(weights / self.full_scale * (self.copies * self.window), self.copies, carried))

    def weights(self, plus: Tensor, minus: Tensor) -> Tensor:
        """Weights [..., outputs] that conductances [..., copies * outputs] in uS stand for."""
        return over_copies(plus - minus, self.copies) * (self.full_scale / (self.copies * self.window))

    def _cells(self, difference: Tensor) -> tuple[Tensor, Tensor]:
        plus, minus = self.policy.share(difference.clamp(-self.window, self.window), self.low, self.high)
        if self.levels is None:
            return plus, minus
        plus, minus = nearest(torch.stack((plus, minus)), self.levels)
        return plus, minus

    def clipped(self, weights: Tensor) -> Tensor:
        """Hold weights inside what a pair can carry."""
        return weights.clamp(-self.full_scale, self.full_scale)


def mapping_for(
    datasheet: Datasheet, full_scale: float, levels: Levels, policy: str = "one-sided", copies: int = 1
) -> WeightMapping:
    """Return the mapping of one layer onto a chip's cells.

    Raises:
        SettingsError: no such policy, or levels that no cell can have.
    """
    if policy not in PAIR_POLICIES:
        raise SettingsError(f"There is no pair policy '{policy}'. Choose one of {', '.join(PAIR_POLICIES)}.")
    low, high = datasheet.reset_conductance, datasheet.level_conductances[-1]
    chosen = PAIR_POLICIES[policy]
    return WeightMapping(full_scale, (high - low) * chosen.reach, low, high, _states(datasheet, levels), chosen, copies)


def _states(datasheet: Datasheet, levels: Levels) -> Tensor | None:
    low, high = datasheet.reset_conductance, datasheet.level_conductances[-1]
    if levels == "continuous":
        return None
    if levels == "datasheet":
        return torch.tensor((low, *datasheet.level_conductances))
    if isinstance(levels, int):
        if not FEWEST_LEVELS <= levels <= MOST_LEVELS:
            raise SettingsError(f"A cell has {FEWEST_LEVELS} to {MOST_LEVELS} levels, not {levels}.")
        return torch.linspace(low, high, levels)
    if not isinstance(levels, tuple) or list(levels) != sorted(set(levels)) or len(levels) < FEWEST_LEVELS:
        raise SettingsError(f"Levels are 'datasheet', 'continuous', a number or rising conductances, not {levels!r}.")
    return torch.tensor(levels)
