"""Pair correction: closed loop, then the error of one cell of a pair is taken up by its partner. Ours."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.placement import partner
from ohmshot.host.strategies.closed_loop import ClosedLoop
from ohmshot.host.strategies.strategy import Bound, ProgrammingStrategy, require_not_negative
from ohmshot.host.strategies.write_verify import WriteVerify


@dataclass(frozen=True)
class PairCorrected:
    """Write with verification; then, round by round, wait and correct the differences that have moved too far.

    A weight is a difference, so only the difference has to be right once the cells have relaxed. Where it has grown,
    the lower cell is raised by as much: the higher one keeps the filament that has done its relaxing, and a level
    reached by RESET at low conductance relaxes little (Wan et al., Nature 608, 2022). Where it has shrunk, the higher
    cell is written again, to its target plus what the lower one is off. A cell that is stuck high is compensated in the
    same way. Cells whose partner is not among those to be written are written and not corrected.

    Cells that missed their target are reported by the last round: there, those that missed their corrected one.

    Attributes:
        write: the writing with verification.
        settle_rounds: how often the pairs are read again after they have relaxed; 0 writes and corrects nothing.
        settle_seconds: s at room temperature before each of these rounds.
        settle_tolerance: uS, in these rounds only differences that moved further than this are corrected.

    Raises:
        SettingsError: a setting below 0.
    """

    write: WriteVerify
    settle_rounds: int = 2
    settle_seconds: float = 60.0
    settle_tolerance: float = 4.0
    needs_partners: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_not_negative(self)

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes."""
        return self.write.bound.in_rounds(self.settle_rounds)

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        missed = self.write(crossbar, cells, targets)
        first = _first_of_pairs(cells)
        for _ in range(self.settle_rounds):
            crossbar.wait(self.settle_seconds)
            chosen, wanted = self._corrections(crossbar, cells, targets, first)
            missed = self.write(crossbar, cells[chosen], wanted)
        return missed

    def _corrections(self, crossbar: Crossbar, cells: Tensor, targets: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """Positions of the cells to write again, rising, and their new targets in uS; ``first`` of each pair."""
        sheet = crossbar.datasheet
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
