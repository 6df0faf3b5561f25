"""Pair correction: closed loop, then the error of one cell of a pair is taken up by its partner. Ours."""

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.placement import partner
from ohmshot.host.strategies.closed_loop import closed_loop
from ohmshot.host.strategies.settings import StrategySettings
from ohmshot.host.strategies.write_verify import write_verify


def write_and_correct_pairs(crossbar: Crossbar, cells: Tensor, targets: Tensor, settings: StrategySettings) -> Tensor:
    """Write by the closed loop; then, round by round, wait and correct the differences that have moved too far.

    A weight is a difference, so only the difference has to be right once the cells have relaxed. Where it has grown,
    the lower cell is raised by as much: the higher one keeps the filament that has done its relaxing, and a level
    reached by RESET at low conductance relaxes little (Wan et al., Nature 608, 2022). Where it has shrunk, the higher
    cell is written again, to its target plus what the lower one is off. A cell that is stuck high is compensated in the
    same way.

    Args:
        crossbar: the chips.
        cells: addresses [n], sorted; cells whose partner is not among them are written and not corrected.
        targets: uS [n].
        settings: of the strategy; without rounds it is the closed loop alone.

    Returns:
        Addresses of the cells that missed their target (the corrected one, after the first round), sorted.
    """
    missed = write_verify(crossbar, cells, targets, closed_loop, settings)
    first = _first_of_pairs(cells)
    for _ in range(settings.settle_rounds):
        crossbar.wait(settings.settle_seconds)
        where, wanted = _corrections(crossbar, cells, targets, first, settings)
        missed = write_verify(crossbar, cells[where], wanted, closed_loop, settings)
    return missed


def _first_of_pairs(cells: Tensor) -> Tensor:
    """Positions i such that the cells at i and i + 1 are partners."""
    together = cells[1:] == partner(cells[:-1])
    return torch.nonzero(together & (cells[1:] > cells[:-1])).squeeze(1)


def _corrections(
    crossbar: Crossbar, cells: Tensor, targets: Tensor, first: Tensor, settings: StrategySettings
) -> tuple[Tensor, Tensor]:
    """Positions of the cells to write again, rising, and their new targets in uS."""
    sheet = crossbar.datasheet
    ordered = targets[first] > targets[first + 1]
    high, low = torch.where(ordered, first, first + 1), torch.where(ordered, first + 1, first)
    measured = crossbar.read(cells)
    grown = (measured - targets)[high] - (measured - targets)[low]
    raise_low, rewrite_high = grown > settings.settle_tolerance, grown < -settings.settle_tolerance
    raised = (measured[low] + grown)[raise_low].clamp(max=sheet.set_conductances[1])
    rewritten = (targets[high] + (measured - targets)[low])[rewrite_high].clamp(max=sheet.set_conductances[1])
    where, order = torch.sort(torch.cat([low[raise_low], high[rewrite_high]]))
    return where, torch.cat([raised, rewritten])[order]
