"""The one place where the controller takes the computer's part: settings of a learner in, settings of a learner out.

Whatever makes a learner of these settings (a demo, an adaptation, a sweep, a fleet) then runs by integers alone: the
arithmetic of the updates, and the write-verify engine under the name of the strategy whose plan it has. The rest of the
road stays: journal, limits, and the care that a host takes of faulty cells.
"""

import functools
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.datasheet import Datasheet
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.formats import WordLengths
from ohmshot.controller.write_plan import require_known, write_path
from ohmshot.controller.write_verify import ControllerWrite
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.strategy import Bound, ProgrammingStrategy

BY_CONTROLLER = " by the controller"
"""What the name of a strategy is followed by where the write-verify engine has its plan."""


Host = Literal["computer", "controller"]
"""Who learns: the computer in the loop, or the controller."""


@dataclass(frozen=True)
class EngineScheme:
    """A strategy as the write-verify engine carries it out, on whatever chip it is asked to write.

    Attributes:
        strategy: whose plan the engine has.
    """

    strategy: ProgrammingStrategy
    needs_partners: ClassVar[bool] = False

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes: that of the strategy, whose counts the engine has."""
        return self.strategy.bound

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        return _engine(self.strategy, crossbar.datasheet)(crossbar, cells, targets)


def by_controller(settings: LearnerSettings, lengths: WordLengths | None = None) -> LearnerSettings:
    """Let the controller take the computer's part.

    Args:
        settings: as the computer would have them.
        lengths: word lengths; None for those that the study `controller` chose for such a bundle.

    Raises:
        SettingsError: the controller has no engine for these settings; the message says which.

    Examples:
        >>> import ohmshot as oh
        >>> from ohmshot.controller.road import by_controller
        >>> settings = by_controller(oh.LearnerSettings(strategy=oh.strategy("closed-loop")))
        >>> settings.strategy.name
        'closed-loop by the controller'
    """
    if settings.forward != "multiply" or settings.shadow != "floating" or settings.write_threshold:
        raise SettingsError(
            "The controller multiplies on the chip, keeps exact weights and writes every change of level. Leave "
            "forward, shadow and write threshold as they are, or let the computer learn."
        )
    strategy = settings.strategy
    require_known(strategy)
    engine = ProgrammingStrategy(strategy.name + BY_CONTROLLER, strategy.citations, EngineScheme(strategy))
    return replace(settings, strategy=engine, arithmetic=ControllerArithmetic(lengths))


def hosted_by(host: Host, settings: LearnerSettings) -> LearnerSettings:
    """Settings for whoever shall learn; see `by_controller`.

    Raises:
        SettingsError: there is no such host, or the controller has no engine for these settings.
    """
    if host not in get_args(Host):
        raise SettingsError(f"There is no host '{host}'. Choose one of {', '.join(get_args(Host))}.")
    return by_controller(settings) if host == "controller" else settings


@functools.lru_cache(maxsize=8)
def _engine(strategy: ProgrammingStrategy, sheet: Datasheet) -> ControllerWrite:
    return ControllerWrite(write_path(strategy, sheet))
