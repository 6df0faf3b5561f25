"""Chips whose pulses are written down round by round, so that they can be looked at afterwards."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.programming.policy import Plan

_NO_CELLS = torch.zeros(0, dtype=torch.int64)
_NO_VOLTS = torch.zeros(0)


@dataclass(frozen=True)
class Round:
    """The pulses between two reads, and the read that came after them.

    Attributes:
        formed: addresses of the cells that got a FORM pulse, int64 [f].
        reset: addresses of the cells that got a RESET pulse, int64 [r].
        source_voltage: V, [r].
        set: addresses of the cells that got a SET pulse after it, int64 [s].
        gate_voltage: V, [s].
        read: addresses of the cells that were read at the end, int64 [n].
        measured: what they answered, uS [n].
        joules: of all operations since the chips were made, at the end of the round, J, mean over the chips.
    """

    formed: Tensor
    reset: Tensor
    source_voltage: Tensor
    set: Tensor
    gate_voltage: Tensor
    read: Tensor
    measured: Tensor
    joules: float

    @property
    def pulses(self) -> int:
        """FORM, SET and RESET pulses of the round."""
        return len(self.formed) + len(self.reset) + len(self.set)


class RecordingCrossbar(CrossbarWrapper):
    """Chips around which a host's pulses and reads are written down; a `Crossbar` around one.

    While it records, the host drives every plan pulse by pulse, which gives the same bits as handing it over whole
    (`ohmshot.host.strategies.write_verify`), so a recorded adaptation is the adaptation itself and no replay.

    Args:
        inner: the chips.

    Attributes:
        recording: whether pulses are written down; while they are not, plans go to the chips whole.
    """

    def __init__(self, inner: ObservedCrossbar) -> None:
        super().__init__(inner)
        self.recording = True
        self._rounds: list[Round] = []
        self._pulses: dict[str, list[tuple[Tensor, Tensor]]] = {"form": [], "reset": [], "set": []}

    def takes(self, plan: Plan) -> bool:
        """Whether the chips take the plan whole: never while it is recorded."""
        return not self.recording and self.inner.takes(plan)

    def execute(self, plan: Plan) -> Tensor:
        """Hand a plan over whole; nothing of it is written down."""
        return self.inner.execute(plan)

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n]."""
        self._note("form", cells, _NO_VOLTS)
        self.inner.form(cells)

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply one SET pulse to each cell, int64 [n]; gate voltage in V, [n]."""
        self._note("set", cells, gate_voltage)
        self.inner.set(cells, gate_voltage)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply one RESET pulse to each cell, int64 [n]; source voltage in V, [n]."""
        if self._pulses["set"]:  # a round is RESETs, then SETs
            self._close(_NO_CELLS, _NO_VOLTS)
        self._note("reset", cells, source_voltage)
        self.inner.reset(cells, source_voltage)

    def read(self, cells: Tensor) -> Tensor:
        """Read the conductance of each cell, int64 [n], in uS, [n]; ends the round."""
        measured = self.inner.read(cells)
        if self.recording:
            self._close(cells, measured)
        return measured

    def taken(self) -> tuple[Round, ...]:
        """The rounds that were written down since the last call."""
        if any(self._pulses.values()):
            self._close(_NO_CELLS, _NO_VOLTS)
        rounds, self._rounds = tuple(self._rounds), []
        return rounds

    def _note(self, operation: str, cells: Tensor, volts: Tensor) -> None:
        if self.recording:
            self._pulses[operation].append((cells.clone(), volts.clone()))

    def _close(self, read: Tensor, measured: Tensor) -> None:
        """End a round."""
        (formed, _), (reset, source), (set_, gate) = (_joined(self._pulses[name]) for name in ("form", "reset", "set"))
        joules = float(self.inner.meter().joules.mean())
        self._rounds.append(Round(formed, reset, source, set_, gate, read.clone(), measured.clone(), joules))
        for trains in self._pulses.values():
            trains.clear()


def _joined(trains: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Trains of one operation after one another as one."""
    if not trains:
        return _NO_CELLS, _NO_VOLTS
    return torch.cat([cells for cells, _ in trains]), torch.cat([volts for _, volts in trains])
