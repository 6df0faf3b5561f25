"""Weights as differences of two conductances."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ohmshot.bundle.levels import middles_of, on_copies, over_copies
from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.devices import array_of, tensor_on
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.pairs import PAIR_POLICIES, PairPolicy, carried_by

Levels = Literal["datasheet", "continuous"] | int | tuple[float, ...]
"""Conductances that a cell may be written to: "datasheet" for the chip's own levels and the reset state; "continuous"
for any; a number of equally spaced states from the reset state to the highest level; or uS, rising."""

FEWEST_LEVELS, MOST_LEVELS = 2, 1024


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
        of_weights = weights.reshape(1, -1, weights.shape[-1])
        shape = (*weights.shape[:-1], self.copies * weights.shape[-1])
        return _apart(self.put_targets, of_weights, shape)

    def put_targets(self, weights: Tensor, plus: np.ndarray, minus: np.ndarray, targets: np.ndarray) -> None:
        """Write the conductances of `targets` among those of all cells.

        Args:
            weights: [chips, inputs, outputs].
            plus: plus cell of each pair, int64 [inputs * copies * outputs].
            minus: their partners.
            targets: uS, [chips, cells], written where these cells are.
        """
        differences = (weights / self.full_scale).mul_(self.copies * self.window)
        self._carry(on_copies(differences, self.copies, self._carried), plus, minus, targets)

    def weights(self, plus: Tensor, minus: Tensor) -> Tensor:
        """Weights [..., outputs] that conductances [..., copies * outputs] in uS stand for."""
        return over_copies(plus - minus, self.copies) * (self.full_scale / (self.copies * self.window))

    def _carried(self, difference: Tensor) -> Tensor:
        """Difference that pairs hold where they are meant to hold one, uS; any shape."""
        plus, minus = _apart(self._carry, difference[None], difference.shape)
        return plus - minus

    def _carry(self, differences: Tensor, plus: np.ndarray, minus: np.ndarray, targets: np.ndarray) -> None:
        """As `put_targets`, of differences in uS, [chips, ...]."""
        precision = differences.dtype
        values = array_of(differences.detach(), precision).reshape(len(differences), -1)
        numbers = self._single if precision == torch.float32 else self._numbers(precision)
        carried_by(self.policy.share)(values, *numbers, plus, minus, targets)

    @cached_property
    def _single(self) -> tuple[Any, ...]:
        return self._numbers(torch.float32)

    def _numbers(self, precision: torch.dtype) -> tuple[Any, ...]:
        """Window, reset state, middle, middles between levels, levels, as `ohmshot.host.pairs.carried_by` has them."""
        levels = torch.zeros(0, device="cpu") if self.levels is None else self.levels.cpu()
        levels = levels.to(precision)
        middles = middles_of(levels)
        numbers = levels.new_tensor([self.window, self.low, (self.low + self.high) / 2]).numpy()
        return *numbers, middles.numpy(), levels.numpy()

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
    return _mapping(full_scale, low, high, _states(datasheet, levels), policy, copies, torch.get_default_device())


@lru_cache  # every learner of a run asks for the same
def _mapping(
    full_scale: float,
    low: float,
    high: float,
    states: tuple[float, ...] | None,
    policy: str,
    copies: int,
    device: torch.device,
) -> WeightMapping:
    """As `mapping_for`, its tensors on the default device."""
    chosen, levels = PAIR_POLICIES[policy], None if states is None else torch.tensor(states)
    return WeightMapping(full_scale, (high - low) * chosen.reach, low, high, levels, chosen, copies)


def _states(datasheet: Datasheet, levels: Levels) -> tuple[float, ...] | None:
    """Conductances in uS that a cell may have, rising; None for any."""
    low, high = datasheet.reset_conductance, datasheet.level_conductances[-1]
    if levels == "continuous":
        return None
    if levels == "datasheet":
        return low, *datasheet.level_conductances
    if isinstance(levels, int):
        if not FEWEST_LEVELS <= levels <= MOST_LEVELS:
            raise SettingsError(f"A cell has {FEWEST_LEVELS} to {MOST_LEVELS} levels, not {levels}.")
        return tuple(torch.linspace(low, high, levels, device="cpu").tolist())
    if not isinstance(levels, tuple) or list(levels) != sorted(set(levels)) or len(levels) < FEWEST_LEVELS:
        raise SettingsError(f"Levels are 'datasheet', 'continuous', a number or rising conductances, not {levels!r}.")
    return levels


def _apart(
    put: Callable[[Tensor, np.ndarray, np.ndarray, np.ndarray], None], values: Tensor, shape: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Plus and minus cells in two tensors of a shape, of what puts both among the targets of all cells."""
    held = torch.empty(2, *shape, dtype=values.dtype, device="cpu")
    first, second = np.arange(held.numel()).reshape(2, -1)
    put(values, first, second, held.view(1, -1).numpy())
    plus, minus = tensor_on(held.numpy(), values.device)
    return plus, minus
