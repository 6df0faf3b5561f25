"""Programming strategies by name: functions of crossbar, cells, targets and settings.

Adding one is a file with a policy (`ohmshot.host.strategies.history.Policy`) and one entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.closed_loop import closed_loop
from ohmshot.host.strategies.history import Policy
from ohmshot.host.strategies.hybrid import by_target
from ohmshot.host.strategies.iterative_reset import ramp_or_reset
from ohmshot.host.strategies.iterative_set import reset_then_set
from ohmshot.host.strategies.pair_correction import write_and_correct_pairs
from ohmshot.host.strategies.settings import StrategySettings
from ohmshot.host.strategies.settle import write_and_settle
from ohmshot.host.strategies.single_shot_set import write_once

Program = Callable[[Crossbar, Tensor, Tensor, StrategySettings], Tensor]
"""(crossbar, cells [n], targets in uS [n], settings) to the addresses of the cells that missed their target."""


@dataclass(frozen=True)
class Bound:
    """What one write of a cell takes at most.

    Attributes:
        resets: RESET pulses.
        sets: SET pulses.
        cycles: SET/RESET cycles.
        reads: that verify.
    """

    resets: int
    sets: int
    cycles: int
    reads: int

    @property
    def pulses(self) -> int:
        """SET and RESET pulses."""
        return self.resets + self.sets


@dataclass(frozen=True)
class ProgrammingStrategy:
    """A way to bring cells to conductances.

    Attributes:
        name: as the command line says it.
        program: does it.
        settings: what it runs with unless it is told otherwise.
        writes: "cells" for one that needs only the cells that change, "pairs" for one that wants their partners too.
        attempts: "one", or "verified" for as many as its settings allow, in the first write and each settling round.
    """

    name: str
    program: Program
    settings: StrategySettings = field(default_factory=StrategySettings)
    writes: Literal["cells", "pairs"] = "cells"
    attempts: Literal["one", "verified"] = "verified"

    @property
    def bound(self) -> Bound:
        """What one write of a cell takes at most: an attempt is at most one RESET and one SET."""
        if self.attempts == "one":
            return Bound(resets=1, sets=1, cycles=1, reads=0)
        writes, attempts = 1 + self.settings.settle_rounds, self.settings.most_attempts
        reads = writes * (1 + attempts) + self.settings.settle_rounds
        return Bound(attempts * writes, attempts * writes, self.settings.most_cycles * writes, reads)

    def __call__(
        self, crossbar: Crossbar, cells: Tensor, targets: Tensor, settings: StrategySettings | None = None
    ) -> Tensor:
        """Program cells [n], sorted, to targets in uS [n]; returns the addresses that missed their target."""
        return self.program(crossbar, cells, targets, settings or self.settings)


def verified(policy: Policy) -> Program:
    """Make a program of a policy: write with verification, then as many rounds of settling as the settings ask for."""
    return lambda crossbar, cells, targets, settings: write_and_settle(crossbar, cells, targets, policy, settings)


_SETTLED = StrategySettings(tolerance=4.0, most_cycles=8, settle_rounds=2)
"""A window narrower than what cells move by in the first minute is effort that relaxation undoes."""

STRATEGIES: dict[str, ProgrammingStrategy] = {
    each.name: each
    for each in (
        ProgrammingStrategy("single-shot-set", write_once, attempts="one"),
        ProgrammingStrategy("iterative-set", verified(reset_then_set)),
        ProgrammingStrategy("iterative-reset", verified(ramp_or_reset)),
        ProgrammingStrategy("hybrid", verified(by_target)),
        ProgrammingStrategy("closed-loop", verified(closed_loop), StrategySettings(most_cycles=8)),
        ProgrammingStrategy("closed-loop-settled", verified(closed_loop), _SETTLED),
        ProgrammingStrategy("pair-corrected", write_and_correct_pairs, _SETTLED, "pairs"),
    )
}


def strategy_named(name: str) -> ProgrammingStrategy:
    """Return a strategy by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in STRATEGIES:
        raise SettingsError(f"There is no programming strategy '{name}'. Choose one of {', '.join(STRATEGIES)}.")
    return STRATEGIES[name]
