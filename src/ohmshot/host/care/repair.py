"""Cheap repairs of a chip that has aged: one gain for all cells, or new pulses for the worst ones."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import every_cell
from ohmshot.host.learner import Learner


@dataclass(frozen=True)
class ReferenceCells:
    """Cells outside the weights that age like the others and tell the host by how much.

    Attributes:
        cells: addresses over the batch, sorted, [chips * n].
        difference: uS, how far above the reset state they read when fresh, mean of each chip [chips].
    """

    cells: Tensor
    difference: Tensor


def write_reference_cells(learner: Learner) -> ReferenceCells:
    """Write the cells that no weight uses, in turn to every level, and read them.

    Raises:
        LimitError: it could exceed a limit; no pulse was given.
    """
    crossbar, sheet = learner.crossbar, learner.crossbar.datasheet
    spare = learner.array.spare_cells()
    levels = torch.tensor(sheet.level_conductances)[torch.arange(len(spare)) % len(sheet.level_conductances)]
    cells = (torch.arange(crossbar.chips)[:, None] * sheet.cells + spare).flatten()
    learner.writer.write(cells, levels.repeat(crossbar.chips))
    crossbar.wait(learner.settings.settle_seconds)
    return ReferenceCells(cells, _difference(learner, cells))


def gain_from(learner: Learner, references: ReferenceCells) -> Tensor:
    """Gain that undoes the mean loss of the reference cells, [chips]; costs one read of each."""
    return references.difference / _difference(learner, references.cells)


def rewrite_worst(learner: Learner, share: float) -> Tensor:
    """Read every cell and write anew the ones that lie farthest from their target.

    Args:
        learner: with chips that have been written.
        share: share of the cells of each chip that is written anew.

    Returns:
        Addresses of the cells chosen; those among them that are known to be stuck get no pulse.

    Raises:
        LimitError: it could exceed a limit; no pulse was given.
    """
    crossbar, targets = learner.crossbar, learner.targets
    cells = crossbar.datasheet.cells
    read = crossbar.read(every_cell(crossbar)).view(crossbar.chips, cells)
    miss = (read - targets).abs()
    if learner.faults is not None:
        miss = miss.masked_fill(learner.faults.stuck, 0.0)
    worst = miss.topk(round(share * cells), dim=1).indices
    chosen = (worst + torch.arange(crossbar.chips)[:, None] * cells).flatten().sort().values
    if chosen.numel():
        learner.rewrite(chosen)
        crossbar.wait(learner.settings.settle_seconds)
    return chosen


def _difference(learner: Learner, cells: Tensor) -> Tensor:
    """Mean difference in uS between reads of some cells and the reset state, [chips]."""
    read = learner.crossbar.read(cells).view(learner.crossbar.chips, -1)
    return read.mean(1) - learner.crossbar.datasheet.reset_conductance
