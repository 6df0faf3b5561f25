"""Programming policies: what the host knows of a cell while it writes it, and what it decides from that."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Protocol

import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet


@dataclass(frozen=True)
class Pulses:
    """One attempt: at most one RESET and then at most one SET a cell; 0 V stands for no pulse.

    Attributes:
        source: V, amplitude of the RESET, [n].
        gate: V, gate voltage of the SET, [n].
    """

    source: Tensor
    gate: Tensor

    def at(self, chosen: Tensor) -> "Pulses":
        """Pick cells by their positions, int64."""
        return Pulses(self.source.index_select(0, chosen), self.gate.index_select(0, chosen))


@dataclass(frozen=True)
class History:
    """The cells that still miss their targets and what they have answered so far; all tensors [n].

    Attributes:
        cells: addresses.
        targets: uS.
        measured: uS, the last read.
        gate: V of the last SET where no RESET came after it, else 0.
        source: V of the last RESET where no SET came after it, else 0.
        resets: RESET pulses since the last SET.
        cycles: SET/RESET cycles begun, that is SETs that did not go on from the SET before.
        gate_shift: V, by how much this cell needs a higher gate voltage than the datasheet says.
        source_shift: V, by how much this cell needs a higher RESET amplitude than the datasheet says.
    """

    cells: Tensor
    targets: Tensor
    measured: Tensor
    gate: Tensor
    source: Tensor
    resets: Tensor
    cycles: Tensor
    gate_shift: Tensor
    source_shift: Tensor

    @classmethod
    def begun(cls, cells: Tensor, targets: Tensor, measured: Tensor) -> "History":
        """Return the history of cells that have been read and not yet pulsed."""
        return cls(cells, targets, measured, *(torch.zeros_like(targets) for _ in range(6)))

    def at(self, chosen: Tensor) -> "History":
        """Pick cells by their positions, int64."""
        return History(**{each.name: getattr(self, each.name).index_select(0, chosen) for each in fields(self)})

    def begins_cycle(self, pulses: Pulses) -> Tensor:
        """Whether pulses contain a SET that does not go on from the SET before; bool [n]."""
        return (pulses.gate > 0) & ((pulses.source > 0) | (self.gate == 0))

    def after(self, pulses: Pulses, measured: Tensor, sheet: Datasheet, learning: float) -> "History":
        """Add an attempt and the read that verified it.

        The outcome of a cycle is learned when the next pulse goes the other way: until then the cell keeps the draw of
        this cycle, and a correction in the same direction starts from the last amplitude itself.

        Args:
            pulses: that the cells were given.
            measured: uS, the read after them [n].
            sheet: of the chips.
            learning: weight of one outcome in what is known of a cell, from 0 to 1.
        """
        reset, set_ = pulses.source > 0, pulses.gate > 0
        turned_down, turned_up = reset & (self.gate > 0), set_ & (self.source > 0)
        return History(
            cells=self.cells,
            targets=self.targets,
            measured=measured,
            gate=torch.where(reset | set_, pulses.gate, self.gate),
            source=torch.where(reset | set_, pulses.source, self.source).masked_fill_(set_, 0.0),
            resets=(self.resets + reset).masked_fill_(set_, 0.0),
            cycles=self.cycles + self.begins_cycle(pulses),
            gate_shift=_learned(
                self.gate_shift, turned_down, self.gate, self.measured, sheet.gate_voltage_for, learning
            ),
            source_shift=_learned(
                self.source_shift, turned_up, self.source, self.measured, sheet.source_voltage_for, learning
            ),
        )


def _learned(
    shift: Tensor,
    turned: Tensor,
    amplitude: Tensor,
    measured: Tensor,
    typical: Callable[[Tensor], Tensor],
    learning: float,
) -> Tensor:
    """Shifts in V of all cells, moved where pulses have turned towards what the last amplitude brought about.

    Few cells turn in one attempt, so only they are looked at.

    Args:
        shift: V, [n].
        turned: bool [n].
        amplitude: V, of the last pulse in the direction that has ended, [n].
        measured: uS, what it led to, [n].
        typical: the datasheet's amplitude for a conductance.
        learning: how much one outcome weighs.
    """
    here = torch.nonzero(turned).squeeze(1) if learning else turned.new_zeros(0)
    if not here.numel():
        return shift
    before = shift.index_select(0, here)
    outcome = amplitude.index_select(0, here).sub_(typical(measured.index_select(0, here)))
    return shift.index_copy(0, here, before.lerp_(outcome, learning))


class Policy(Protocol):
    """The core of a programming strategy: from what is known of cells to their next pulses. It touches no chip.

    A policy is a frozen dataclass whose fields are its settings.
    """

    @property
    def learning(self) -> float:
        """Weight of the last cycle's outcome in what is known of a cell; 0 for a policy that does not use it."""

    def __call__(self, sheet: Datasheet, history: History) -> Pulses:
        """Decide the next pulses of cells that shall have a level."""


def is_reset_target(sheet: Datasheet, targets: Tensor) -> Tensor:
    """Whether targets in uS [n] mean the reset state rather than a level; bool [n]."""
    return targets <= sheet.reset_conductance * (1 + 1e-6)


def merged(condition: Tensor, yes: Pulses, no: Pulses) -> Pulses:
    """Take some pulses where a condition, bool [n], holds, and others elsewhere."""
    return Pulses(torch.where(condition, yes.source, no.source), torch.where(condition, yes.gate, no.gate))
