"""Whole chips programmed with a known pattern, and the errors of their levels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import every_cell
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.units import HOUR_S
from ohmshot.host.strategies import single_shot_set
from ohmshot.host.strategies.strategy import ProgrammingStrategy


@dataclass(frozen=True)
class ProgrammedChips:
    """Chips that hold a pattern of pairs: one cell at a level, its partner reset.

    Attributes:
        crossbar: the chips.
        states: targets in uS: the reset state and the levels, rising.
        state: int64 [n], index of the state that each cell was meant to have.
        missed: addresses of the cells that the strategy gave up on.
        cost: meter reading of writing this pattern over the one before.
        cycles: int64 [n], SET/RESET cycles that writing took.
    """

    crossbar: SimulatedCrossbar
    states: Tensor
    state: Tensor
    missed: Tensor
    cost: MeterReading
    cycles: Tensor

    @property
    def targets(self) -> Tensor:
        """Conductances in uS that were asked for, [n]."""
        return self.states[self.state]

    @property
    def cell_error(self) -> Tensor:
        """Error of the conductances now, uS [n]."""
        return self.crossbar.true_conductances().flatten() - self.targets

    @property
    def pair_error(self) -> Tensor:
        """Error of the differences, that is of the weights, now, uS [n / 2]."""
        plus, minus = self.cell_error.view(-1, 2).unbind(1)
        return plus - minus

    @property
    def energy_joules(self) -> float:
        """Mean energy of writing one cell."""
        return sum(float(joules.sum()) for joules in self.cost.energy_joules) / len(self.state)

    def per_cell(self, operation: str) -> float:
        """Mean number of pulses or reads of one kind a cell."""
        return int(self.cost.of(operation).count.sum()) / len(self.state)

    @property
    def busy_seconds(self) -> float:
        """Mean time that one cell occupied the chip, one pulse after another."""
        return sum(float(seconds.sum()) for seconds in self.cost.busy_seconds) / len(self.state)


def program_chips(
    cell: CellParameters, strategy: ProgrammingStrategy, chips: int, seed: int, levels: Sequence[float] | None = None
) -> ProgrammedChips:
    """Write a random pattern of pairs over another one, as an update of a chip in use does.

    Args:
        cell: its parameters.
        strategy: writes the pattern that counts; the one before is written by a single shot.
        chips: number of chips.
        seed: seed of patterns and devices, which do not depend on the strategy.
        levels: uS, rising; the datasheet's where not given.
    """
    crossbar = SimulatedCrossbar(cell, Circuit(), seed, list(range(chips)))
    sheet = crossbar.datasheet
    states = torch.tensor((sheet.reset_conductance, *(levels or sheet.level_conductances)))
    every = every_cell(crossbar)
    random = generator(seed, "programming patterns")
    crossbar.form(every)
    single_shot_set.STRATEGY(crossbar, every, states[_pattern(len(every), len(states), random)])
    crossbar.wait(HOUR_S)
    state = _pattern(len(every), len(states), random)
    before, worn = crossbar.meter(), crossbar.wear().flatten()
    missed = strategy(crossbar, every, states[state])
    return ProgrammedChips(crossbar, states, state, missed, crossbar.meter() - before, crossbar.wear().flatten() - worn)


def _pattern(cells: int, states: int, random: torch.Generator) -> Tensor:
    """A level for one cell of each pair, chosen at random, and the reset state for the other; int64 [cells]."""
    pairs = torch.zeros(cells // 2, 2, dtype=torch.int64)
    level = torch.randint(1, states, (cells // 2,), generator=random)
    side = torch.randint(0, 2, (cells // 2,), generator=random)
    pairs[torch.arange(cells // 2), side] = level
    return pairs.flatten()


def root_mean_square(values: Tensor) -> float:
    """Root of the mean square of values of any shape; rounded alike on all machines, as PyTorch's root is not."""
    return math.sqrt(float(values.double().square().mean()))


def confusion(conductances: Tensor, state: Tensor, states: Tensor) -> Tensor:
    """Joint share of state written and state read, float64 [states, states], every state equally frequent.

    A cell is read as the state with the nearest target, as by a reader that does not recalibrate.
    """
    count = len(states)
    found = torch.bucketize(conductances.contiguous(), (states[1:] + states[:-1]) / 2)
    joint = torch.bincount(state * count + found, minlength=count**2).view(count, count).double()
    return joint / joint.sum(1, keepdim=True).clamp(min=1) / count


def usable_bits(joint: Tensor) -> float:
    """Mutual information in bits between state written and state read, [states, states] of `confusion`."""
    independent = joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)
    terms = torch.where(joint > 0, joint * torch.log2(joint / independent.clamp(min=1e-300)), 0.0)
    return float(terms.sum())


def misread_share(joint: Tensor) -> float:
    """Share of cells read as another state, [states, states] of `confusion`: the overlap of adjacent levels."""
    return 1 - float(joint.diagonal().sum())


def probit_positions(count: int) -> Tensor:
    """Cumulative probabilities at equal steps on a probit axis, from -3 to 3 standard deviations, float64 [count]."""
    return 0.5 * (1 + torch.erf(torch.linspace(-3, 3, count, dtype=torch.float64) / math.sqrt(2)))
