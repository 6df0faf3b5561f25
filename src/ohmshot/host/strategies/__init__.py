"""Programming strategies by name: functions of crossbar, cells, targets and settings.

Adding one is one entry here: a name and the attempt that it repeats (`ohmshot.host.strategies.write_verify.Step`).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.steps import by_target, ramp_or_reset, reset_then_set
from ohmshot.host.strategies.write_verify import Attempt, Step, StrategySettings, write_verify

ProgrammingStrategy = Callable[[Crossbar, Tensor, Tensor, StrategySettings], Tensor]
"""(crossbar, cells [n], targets in uS [n], settings) to the addresses of the cells that missed their target."""


def single_shot_set(crossbar: Crossbar, cells: Tensor, targets: Tensor, settings: StrategySettings) -> Tensor:
    """One RESET, one SET, no look back: simple, fast, inaccurate."""
    reset_then_set(crossbar, Attempt(cells, targets, torch.zeros_like(targets), torch.zeros_like(targets)), settings)
    return cells[:0]


def _verified(step: Step) -> ProgrammingStrategy:
    return lambda crossbar, cells, targets, settings: write_verify(crossbar, cells, targets, step, settings)


STRATEGIES: dict[str, ProgrammingStrategy] = {
    "single-shot-set": single_shot_set,
    "iterative-set": _verified(reset_then_set),
    "iterative-reset": _verified(ramp_or_reset),
    "hybrid": _verified(by_target),
}


def strategy_named(name: str) -> ProgrammingStrategy:
    """Return a strategy by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in STRATEGIES:
        raise SettingsError(f"There is no programming strategy '{name}'. Choose one of {', '.join(STRATEGIES)}.")
    return STRATEGIES[name]
