"""Limits of writing, of wear and of energy, held by `ohmshot.host.budget`."""

import dataclasses
from dataclasses import dataclass

from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class Limits:
    """Limits for each chip; None for no limit.

    A session is the life of one `Learner`, or the whole of an adaptation with a journal, whoever goes on with it.

    Attributes:
        session_cells: cells written or tested, one count each time, in a session.
        session_pulses: FORM, SET and RESET pulses of a chip in a session.
        life_pulses: FORM, SET and RESET pulses in the life of a chip, by its own meter.
        session_cycles: SET/RESET cycles of any one cell in a session.
        life_cycles: SET/RESET cycles of any one cell in the life of a chip, by its own count of wear: its endurance
            budget.
        session_joules: energy of all operations of a chip in a session, by its meter, plus the worst case of the next
            write by its datasheet (`ohmshot.chip.datasheet.WorstEnergies`).
        life_joules: energy of all operations in the life of a chip, with that worst case.

    Raises:
        SettingsError: a limit below 0.

    Examples:
        >>> import ohmshot as oh
        >>> settings = oh.LearnerSettings(limits=oh.Limits(session_cells=9))
        >>> learner = oh.Learner(oh.SimulatedChips(), oh.load_bundle(), settings)
        >>> try:
        ...     learner.initialise()
        ... except oh.OhmshotError as error:
        ...     print(type(error).__name__)
        LimitError
    """

    session_cells: int | None = None
    session_pulses: int | None = None
    life_pulses: int | None = None
    session_cycles: int | None = None
    life_cycles: int | None = None
    session_joules: float | None = None
    life_joules: float | None = None

    def __post_init__(self) -> None:
        given = (getattr(self, each.name) for each in dataclasses.fields(self))
        if any(limit is not None and not limit >= 0 for limit in given):
            raise SettingsError("A limit of writing must be at least 0.")


class LimitError(SettingsError):
    """A write could exceed a limit; no pulse of it has been given."""
