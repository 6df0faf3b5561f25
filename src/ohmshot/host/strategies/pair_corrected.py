"""Pair correction: closed loop, then the error of one cell of a pair is taken up by its partner. Ours."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.placement import partner
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.closed_loop import ClosedLoop


@dataclass(frozen=True)
class PairCorrected(Settled):
    """Write with verification; then, round by round, wait and correct the differences that have moved too far.

    A weight is a difference, so only the difference has to be right once the cells have relaxed. Where it has grown,
    the lower cell is raised by as much: the higher one keeps the filament that has done its relaxing, and a level
    reached by RESET at low conductance relaxes little (Wan et al., Nature 608, 2022). Where it has shrunk, the higher
    cell is written again, to its target plus what the lower one is off. A cell that is stuck high is compensated in the
    same way. Cells whose partner is not among those to be written are written and not corrected.

    Cells that missed their target are reported by the last round: there, those that missed their corrected one. The
    settings are those of `Settled`, with ``settle_tolerance`` for differences of pairs.
    """

    settle_rounds: int = 2
    needs_partners: ClassVar[bool] = True

    def corrections(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Positions of the cells to write again, rising, and their new targets in uS."""
        sheet, first = crossbar.datasheet, _first_of_pairs(cells)
        ordered = targets[first] > targets[first + 1]
        high, low = torch.where(ordered, first, first + 1), torch.where(ordered, first + 1, first)
        measured = crossbar.read(cells)
        grown = (measured - targets)[high] - (measured - targets)[low]
        raise_low, rewrite_high = grown > self.settle_tolerance, grown < -self.settle_tolerance
        raised = (measured[low] + grown)[raise_low].clamp(max=sheet.set_conductances[1])
        rewritten = (targets[high] + (measured - targets)[low])[rewrite_high].clamp(max=sheet.set_conductances[1])
        chosen, order = torch.sort(torch.cat([low[raise_low], high[rewrite_high]]))
        return chosen, torch.cat([raised, rewritten])[order]


def _first_of_pairs(cells: Tensor) -> Tensor:
    """Positions i such that the cells at i and i + 1 are partners."""
    together = cells[1:] == partner(cells[:-1])
    return torch.nonzero(together & (cells[1:] > cells[:-1])).squeeze(1)


STRATEGY = ProgrammingStrategy(
    "pair-corrected",
    ("milo2021programming", "esmanhotto2022multilevel", "wan2022neurram"),
    PairCorrected(WriteVerify(ClosedLoop(), tolerance=4.0, most_cycles=8)),
)
