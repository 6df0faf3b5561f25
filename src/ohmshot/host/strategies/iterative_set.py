"""Iterative SET: RESET, SET at the same condition, accept what falls into the window (rejection sampling)."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.policy import History, Pulses
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify


@dataclass(frozen=True)
class ResetThenSet:
    """Full RESET, then one SET at the gate voltage of the target; the same condition each time.

    Bonnet et al., Nat. Commun. 14 (2023) 7530, Algorithm 1. A device that lies far from the median needs many cycles:
    the condition is never adapted to it.
    """

    learning: ClassVar[float] = 0.0

    def __call__(self, sheet: Datasheet, history: History) -> Pulses:
        """Decide the next pulses of cells."""
        full = torch.full_like(history.targets, sheet.reset_source_voltages[1])
        return Pulses(full, sheet.gate_voltage_for(history.targets))


STRATEGY = ProgrammingStrategy("iterative-set", ("bonnet2023uncertainty",), Settled(WriteVerify(ResetThenSet())))
