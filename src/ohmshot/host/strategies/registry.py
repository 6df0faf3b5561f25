"""Programming strategies by name.

Adding one is one name here and one file ``host/strategies/NAME.py`` with ``STRATEGY``.
"""

import importlib
from typing import TYPE_CHECKING

from ohmshot.foundation.errors import SettingsError

if TYPE_CHECKING:  # it brings PyTorch along, and the command line wants the names alone
    from ohmshot.host.strategies.strategy import ProgrammingStrategy

STRATEGIES = [
    "single-shot-set",
    "iterative-set",
    "iterative-reset",
    "hybrid",
    "closed-loop",
    "closed-loop-settled",
    "pair-corrected",
]
"""A name with hyphens is a file with underscores; files load when asked for."""


def strategy_named(name: str) -> "ProgrammingStrategy":
    """Return a programming strategy with the settings that it comes with.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in STRATEGIES:
        raise SettingsError(f"There is no programming strategy '{name}'. Choose one of {', '.join(STRATEGIES)}.")
    strategy: ProgrammingStrategy = importlib.import_module(
        f"ohmshot.host.strategies.{name.replace('-', '_')}"
    ).STRATEGY
    return strategy
