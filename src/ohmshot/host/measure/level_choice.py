"""Choosing the levels of a cell by what chips of its kind have been seen to do."""

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, every_cell
from ohmshot.host.measure.written_levels import write_levels
from ohmshot.host.strategies.strategy import ProgrammingStrategy

CANDIDATES = 24


def measured_spread(crossbar: Crossbar, strategy: ProgrammingStrategy, relaxed_seconds: float) -> tuple[Tensor, Tensor]:
    """Write conductances all over the window on chips kept for it, let them relax, and read how far they spread.

    Args:
        crossbar: chips; what their cells hold is lost.
        strategy: the programming strategy that will write the levels.
        relaxed_seconds: wait before the read in s, at room temperature.

    Returns:
        Targets in uS, rising from the reset state to the highest level, and the standard deviation of each.
    """
    sheet = crossbar.datasheet
    targets = torch.linspace(sheet.reset_conductance, sheet.level_conductances[-1], CANDIDATES)
    which = write_levels(crossbar, strategy, targets)
    crossbar.wait(relaxed_seconds)
    read = crossbar.read(every_cell(crossbar))
    # A cell that verification gave up on is no sample of the level; the quartiles do not see it.
    ends = torch.tensor((0.25, 0.75), dtype=read.dtype)
    quartiles = torch.stack([torch.quantile(read[which == i], ends) for i in range(CANDIDATES)])
    return targets, (quartiles[:, 1] - quartiles[:, 0]) / 1.349


def levels_by_spread(targets: Tensor, spread: Tensor, count: int) -> tuple[float, ...]:
    """Place levels so that neighbours are equally many standard deviations apart.

    The number of standard deviations from the reset state up to a conductance is the integral of 1 / spread; the levels
    divide it into equal parts.

    Args:
        targets: uS, rising [candidates].
        spread: uS, standard deviation there [candidates].
        count: number of levels, the reset state among them.

    Returns:
        uS, rising, the first and the last of ``targets`` included.
    """
    steps = targets.diff() * (1 / spread[1:] + 1 / spread[:-1]) / 2
    apart = torch.cat([torch.zeros(1), steps.cumsum(0)])
    wanted = torch.linspace(0, float(apart[-1]), count)
    right = torch.bucketize(wanted, apart).clamp(1, len(apart) - 1)
    share = (wanted - apart[right - 1]) / (apart[right] - apart[right - 1])
    return tuple(torch.lerp(targets[right - 1], targets[right], share.clamp(0, 1)).tolist())
