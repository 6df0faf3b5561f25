"""The pulse sequencer in integers: every pulse of the controller goes through it, one train at a time.

A train is at most one RESET, then at most one SET, then always a read that verifies. The sequencer keeps three promises
to whoever asks for pulses, as the host's writer does (`ohmshot.host.writer`): after an error of the array there is no
pulse until the error is cleared; a train that would take more pulses than the budget register holds gets none; and no
pulse stays without a read.
"""

from dataclasses import dataclass
from typing import Protocol

CLOCK_HZ = 20e6
"""The clock of the controller: pulses set the pace, and at 50 ns a RESET is two cycles."""
REFUSAL_CYCLES = 1
"""Cycles in which a refused train is answered."""
BUDGET_BITS = 20
"""Bits of the budget register: a million pulses."""


class PulsedArray(Protocol):
    """Cells that are pulsed one by one, amplitudes and reads in codes."""

    def reset(self, cell: int, code: int) -> None:
        """Give one RESET."""

    def set(self, cell: int, code: int) -> None:
        """Give one SET."""

    def read(self, cell: int) -> int:
        """Read a cell, as a code of the verify converter."""

    @property
    def error(self) -> bool:
        """Whether the array reports a broken supply or too high a temperature."""


@dataclass(frozen=True)
class PulseTiming:
    """Lengths in cycles.

    Attributes:
        reset: of a RESET.
        set: of a SET.
        read: of a read, its conversion included.
        gap: before each of them, while switches open before others close.
    """

    reset: int
    set: int
    read: int
    gap: int = 1

    def train(self, source: int, gate: int) -> int:
        """Cycles of a train, by its codes: the strobes with their gaps, and one to answer."""
        strobes = [self.read, *([self.reset] if source else []), *([self.set] if gate else [])]
        return sum(self.gap + strobe for strobe in strobes) + 1


def pulse_timing(reset_s: float, set_s: float, read_s: float, clock_hz: float = CLOCK_HZ) -> PulseTiming:
    """Return lengths in cycles of widths in s, each at least one cycle."""
    reset, set_, read = (max(1, round(width * clock_hz)) for width in (reset_s, set_s, read_s))
    return PulseTiming(reset, set_, read)


@dataclass(frozen=True)
class Answer:
    """What a train comes to.

    Attributes:
        refused: no pulse was given, or the train broke off: there is no read.
        code: of the read; 0 where there is none.
        cycles: that it took.
    """

    refused: bool
    code: int
    cycles: int


class PulseSequencer:
    """Gives trains of pulses to one array.

    Args:
        array: gets the pulses.
        timing: lengths in cycles.
        budget: pulses that may be given.

    Attributes:
        budget: pulses that are left.
        halted: an error was seen; `clear` ends it.
        resets: RESETs given.
        sets: SETs given.
        reads: reads made.
    """

    def __init__(self, array: PulsedArray, timing: PulseTiming, budget: int) -> None:
        self._array, self._timing = array, timing
        self.budget = budget
        self.halted = False
        self.resets = self.sets = self.reads = 0

    def clear(self) -> None:
        """Forget an error."""
        self.halted = False

    def train(self, cell: int, source: int, gate: int) -> Answer:
        """Give a RESET and a SET, where their codes are not 0, and read.

        Args:
            cell: address.
            source: code of the RESET.
            gate: code of the SET.
        """
        pulses = (source > 0) + (gate > 0)
        self.halted |= self._array.error
        if self.halted or pulses > self.budget:
            return Answer(refused=True, code=0, cycles=REFUSAL_CYCLES)
        self.budget -= pulses
        if source:
            self._array.reset(cell, source)
            self.resets += 1
        if gate:
            self._array.set(cell, gate)
            self.sets += 1
        self.reads += 1
        return Answer(refused=False, code=self._array.read(cell), cycles=self._timing.train(source, gate))
