"""How the layers of a network are laid out on crossbars, written and learned."""

from dataclasses import dataclass
from typing import Literal

from ohmshot.foundation.errors import SettingsError
from ohmshot.host.limits import Limits
from ohmshot.host.mapping import Levels
from ohmshot.host.strategies.registry import strategy_of
from ohmshot.host.strategies.strategy import ProgrammingStrategy


@dataclass(frozen=True)
class CrossbarSettings:
    """Settings of layers on crossbars.

    Attributes:
        strategy: programming strategy, or its name.
        levels: what a cell may be written to (`ohmshot.host.mapping.Levels`): "datasheet", "continuous", a number of
            equally spaced states, or conductances in uS, rising.
        copies: pairs of cells that carry a weight together; a later copy undoes the rounding of those before it.
        pair_policy: how the two cells of a pair share a weight: "one-sided", "one-fixed" or "balanced".
        write_threshold: uS; `program` writes a cell only where its target has moved further than this.
        settle_seconds: wait after each `program`, at room temperature.
        limits: budgets of writing, of wear and of energy; None for none.
        backward: weights that carry errors back: "shadow", the exact ones on the host, or "written", the levels that
            the cells were last written to.
        per_chip: whether each chip has weights of its own, [chips, outputs, inputs]; else all share one matrix.

    Raises:
        SettingsError: no such strategy or weights, or a number out of range.

    Examples:
        >>> import ohmshot as oh
        >>> oh.nn.CrossbarSettings(strategy="closed-loop", copies=2).levels
        'datasheet'
    """

    strategy: str | ProgrammingStrategy = "hybrid"
    levels: Levels = "datasheet"
    copies: int = 1
    pair_policy: str = "one-sided"
    write_threshold: float = 0.0
    settle_seconds: float = 0.0
    limits: Limits | None = None
    backward: Literal["shadow", "written"] = "shadow"
    per_chip: bool = False

    def __post_init__(self) -> None:
        if self.copies < 1:
            raise SettingsError(f"A weight takes at least one pair of cells, not {self.copies}.")
        if not (self.write_threshold >= 0 and self.settle_seconds >= 0):
            raise SettingsError("A write threshold and a wait must not be negative.")
        if self.backward not in ("shadow", "written"):
            raise SettingsError(f"Errors go back through the 'shadow' or the 'written' weights, not {self.backward!r}.")
        strategy_of(self.strategy)  # or refuse it

    @property
    def programming(self) -> ProgrammingStrategy:
        """The programming strategy."""
        return strategy_of(self.strategy)
