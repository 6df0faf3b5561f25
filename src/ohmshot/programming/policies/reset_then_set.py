"""RESET, then SET at the condition of the target: the same condition each time (rejection sampling)."""

from dataclasses import dataclass
from typing import ClassVar

from ohmshot.foundation.compiled import Real, Record, law
from ohmshot.programming.attempt import History, Sheet, gate_for
from ohmshot.programming.policy import Decide


@law
def reset_then_set(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    """Full RESET, then one SET at the gate voltage of the target."""
    return sheet.full, gate_for(history.target, sheet)


@dataclass(frozen=True)
class ResetThenSet:
    """Full RESET, then one SET at the gate voltage of the target; the same condition each time.

    Bonnet et al., Nat. Commun. 14 (2023) 7530, Algorithm 1. A device that lies far from the median needs many cycles:
    the condition is never adapted to it.
    """

    learning: ClassVar[float] = 0.0
    decide: ClassVar[Decide] = staticmethod(reset_then_set)
