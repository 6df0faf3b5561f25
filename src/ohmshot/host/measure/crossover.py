"""The crossover of the hybrid: below which conductance its levels are reached by RESET, and above which by SET."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, every_cell
from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.measure.written_levels import write_levels
from ohmshot.host.strategies.strategy import ProgrammingStrategy, with_settings

QUANTUM_OF_CONDUCTANCE_US = 77.481
"""``2 e^2 / h`` in uS (CODATA). A filament of one atomic contact conducts about so much; below it the filament is open,
RESET becomes gradual and what a SET leaves relaxes most (SkyWater's notes on sky130_fd_pr_reram, after Hsieh et al.,
IEDM 2019)."""
ALL_BY_RESET_US = 1e6
"""A crossover above every conductance."""


def crossover_by_datasheet(sheet: Datasheet) -> float:
    """The crossover in uS that needs no measurement: one quantum of conductance."""
    return min(max(QUANTUM_OF_CONDUCTANCE_US, sheet.level_conductances[0]), sheet.level_conductances[-1])


@dataclass(frozen=True)
class MeasuredCrossover:
    """What chips kept for it have shown of both ways to a level.

    Attributes:
        levels: uS, rising.
        error_by_reset: root mean square of the error of each level when the RESET ramp reaches it, uS.
        error_by_set: the same when RESET and SET reach it.
        crossover: uS, the one that leaves the least mean square error over all levels.
    """

    levels: tuple[float, ...]
    error_by_reset: tuple[float, ...]
    error_by_set: tuple[float, ...]
    crossover: float


def measured_crossover(crossbar: Crossbar, hybrid: ProgrammingStrategy, relaxed_seconds: float) -> MeasuredCrossover:
    """Write every level both ways, let the cells relax, read them, and choose the crossover.

    Args:
        crossbar: chips kept for it; what their cells hold is lost.
        hybrid: a strategy with the setting ``crossover``.
        relaxed_seconds: wait before the read in s, at room temperature.

    Raises:
        SettingsError: the strategy has no crossover.
    """
    levels = torch.tensor(crossbar.datasheet.level_conductances)
    squares = []
    for crossover in (ALL_BY_RESET_US, 0.0):
        level = write_levels(crossbar, with_settings(hybrid, {"crossover": crossover}), levels)
        crossbar.wait(relaxed_seconds)
        error = (crossbar.read(every_cell(crossbar)) - levels[level]).double().square()
        squares.append(torch.stack([error[level == each].mean() for each in range(len(levels))]))
    by_reset, by_set = squares
    return MeasuredCrossover(
        tuple(levels.tolist()),
        tuple(by_reset.sqrt().tolist()),
        tuple(by_set.sqrt().tolist()),
        least_error_crossover(levels, by_reset, by_set),
    )


def least_error_crossover(levels: Tensor, by_reset: Tensor, by_set: Tensor) -> float:
    """The crossover in uS with the least sum of mean square errors; the lowest of equal ones.

    Args:
        levels: uS, rising, [levels].
        by_reset: mean square error of each level when RESET reaches it, [levels].
        by_set: the same of SET.

    Returns:
        Half-way between two levels; the lowest level where SET is better for all (a target below the crossover is
        reached by RESET), `ALL_BY_RESET_US` where RESET is.
    """
    none = torch.zeros(1, dtype=by_reset.dtype)
    below, above = torch.cat([none, by_reset.cumsum(0)]), torch.cat([by_set.flip(0).cumsum(0).flip(0), none])
    first_by_set = int((below + above).argmin())
    if first_by_set == len(levels):
        return ALL_BY_RESET_US
    return float(levels[max(first_by_set - 1, 0)] + levels[first_by_set]) / 2
