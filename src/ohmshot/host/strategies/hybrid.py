"""Hybrid: each level by the pulse that leaves it most stable."""

from dataclasses import dataclass

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.iterative_reset import ResetRamp
from ohmshot.host.strategies.iterative_set import ResetThenSet
from ohmshot.host.strategies.policy import History, Pulses, merged
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy, require_not_negative
from ohmshot.host.strategies.write_verify import WriteVerify


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

    def __post_init__(self) -> None:
        require_not_negative(self)

    @property
    def learning(self) -> float:
        """Weight of the last ramp's end in what is known of a cell."""
        return self.low.learning

    def __call__(self, sheet: Datasheet, history: History) -> Pulses:
        """Decide the next pulses of cells."""
        return merged(history.targets < self.crossover, self.low(sheet, history), self.high(sheet, history))


STRATEGY = ProgrammingStrategy(
    "hybrid",
    ("pallo2025vlsi", "bonnet2023uncertainty", "esmanhotto2022multilevel"),
    Settled(WriteVerify(Hybrid(ResetRamp(), ResetThenSet()))),
)
