"""The write-verify engine at work: one cell after another, each decision a train of the pulse sequencer."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ohmshot.controller.pulse_sequencer import PulseSequencer
from ohmshot.controller.write_plan import WritePlan
from ohmshot.controller.write_verify import Cells, accepted, after, begun, given_up, next_pulses


class Outcome(IntEnum):
    """How the write of a cell ends."""

    ACCEPTED = 0
    """It reads within its window."""
    MISSED = 1
    """Its attempts or cycles are used up."""
    HALTED = 2
    """The sequencer refused a train: an error of the array, or the budget is used up."""


@dataclass(frozen=True)
class Written:
    """The write of one cell.

    Attributes:
        outcome: how it ended.
        cycles: from the order to the answer.
    """

    outcome: Outcome
    cycles: int


class WriteEngine:
    """Brings cells to levels.

    Args:
        plan: tables of the strategy.
        sequencer: gives the pulses.
    """

    def __init__(self, plan: WritePlan, sequencer: PulseSequencer) -> None:
        self._plan, self._sequencer = plan, sequencer

    def write(self, cell: int, level: int) -> Written:
        """Write one cell.

        Args:
            cell: address.
            level: wanted, 0 the reset state.
        """
        plan, cycles = self._plan, 0
        known: Cells | None = None
        source, gate = np.zeros(1, np.int32), np.zeros(1, np.int32)
        while True:
            answer = self._sequencer.train(cell, int(source[0]), int(gate[0]))
            cycles += 1 + answer.cycles  # one to order the train
            if answer.refused:
                return Written(Outcome.HALTED, cycles + 1)
            read = np.array([answer.code], np.int32)
            known = after(plan, known, source, gate, read) if known else begun(np.array([level], np.int32), read)
            source, gate = next_pulses(plan, known)
            cycles += 1  # to decide
            if accepted(plan, known)[0]:
                return Written(Outcome.ACCEPTED, cycles + 1)
            if given_up(plan, known, source, gate)[0]:
                return Written(Outcome.MISSED, cycles + 1)
