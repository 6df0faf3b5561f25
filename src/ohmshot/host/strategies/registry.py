"""Programming strategies by name.

Adding one is one name here and one file ``host/strategies/NAME.py`` with ``STRATEGY``; another package adds one by an
entry point (`ohmshot.foundation.plugins`).
"""

import importlib
from typing import TYPE_CHECKING

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.plugins import names_of_plugins, plugin, refused

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


def strategy_names() -> tuple[str, ...]:
    """Names of all programming strategies, those of other packages last; nothing is loaded."""
    return (*STRATEGIES, *names_of_plugins("ohmshot.strategies"))


def strategy_of(given: "str | ProgrammingStrategy") -> "ProgrammingStrategy":
    """Return a programming strategy that is given itself, or by its name; see `strategy_named`."""
    return strategy_named(given) if isinstance(given, str) else given


def strategy_named(name: str) -> "ProgrammingStrategy":
    """Return a programming strategy with the settings that it comes with.

    Raises:
        SettingsError: there is none of this name, or a package that adds it is broken.
    """
    added = plugin("ohmshot.strategies", name, STRATEGIES)
    if added is not None:
        from ohmshot.host.strategies.strategy import ProgrammingStrategy

        if not isinstance(added, ProgrammingStrategy) or added.name != name:
            raise refused("ohmshot.strategies", name, f"a ProgrammingStrategy with the name '{name}'")
        return added
    if name not in STRATEGIES:
        raise SettingsError(f"There is no programming strategy '{name}'. Choose one of {', '.join(strategy_names())}.")
    strategy: ProgrammingStrategy = importlib.import_module(
        f"ohmshot.host.strategies.{name.replace('-', '_')}"
    ).STRATEGY
    return strategy
