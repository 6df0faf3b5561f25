"""Each level by the pulse that leaves it most stable: the RESET ramp below a crossover, RESET and SET above."""

from dataclasses import dataclass
from typing import ClassVar

from ohmshot.foundation.compiled import Real, Record, law
from ohmshot.programming.attempt import History, Sheet
from ohmshot.programming.policies.reset_ramp import ResetRamp, reset_ramp
from ohmshot.programming.policies.reset_then_set import ResetThenSet, reset_then_set
from ohmshot.programming.policy import Decide, require_not_negative


@law
def hybrid(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    """The RESET ramp below the crossover, a fresh RESET and SET above it."""
    if history.target < own.crossover:
        return reset_ramp(history, sheet, own.low)
    return reset_then_set(history, sheet, own.high)


@dataclass(frozen=True)
class Hybrid:
    """Low levels by the RESET ramp, high ones by a fresh RESET and SET.

    The form of the hybrid in the VLSI 2025 work is not published in what we found; this one follows the measured
    relaxation, which is worst for low levels that a SET has reached.

    Attributes:
        low: policy of the low levels.
        high: policy of the high levels.
        crossover: uS, targets below are low (the two lowest SET levels relax worst: Esmanhotto et al., Adv. Intell.
            Syst. 4, 2022).

    Raises:
        SettingsError: a setting below 0.
    """

    low: ResetRamp
    high: ResetThenSet
    crossover: float = 66.0
    decide: ClassVar[Decide] = staticmethod(hybrid)

    def __post_init__(self) -> None:
        require_not_negative(self)

    @property
    def learning(self) -> float:
        """Weight of the last ramp's end in what is known of a cell."""
        return self.low.learning
