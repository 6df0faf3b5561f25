"""Faults that a simulated chip is given on purpose: what there are, and how they are asked for."""

from collections.abc import Sequence

from pydantic import Field, ValidationError

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record

Share = Field(default=0.0, ge=0.0, le=1.0)
Count = Field(default=0, ge=0, le=1024)


class Injection(Record):
    """Which faults, and how many.

    The command line writes a name with hyphens and a value: ``--inject stuck:0.01 --inject dead-row:2``.
    """

    stuck: float = Share
    """Share of the cells that ignore every pulse: a third each at the highest level, at the reset state, and anywhere
    between."""
    dead_row: int = Count
    """Open word lines of each chip: their cells carry no current and do not switch."""
    dead_column: int = Count
    """Open bit lines of each chip: their cells carry no current and do not switch."""
    endurance: float | None = Field(default=None, ge=1.0, le=1e12)
    """Characteristic life of the cells in SET/RESET cycles, in place of the parameter set's; a worn cell stays at low
    resistance."""
    brown_out: float = Share
    """Probability that a chip's supply breaks down in the middle of a pulse train: the cells after it get no pulse."""
    over_temperature: float = Share
    """Probability that the chip is too hot for a pulse train, and refuses pulses until it has cooled."""
    lost_connection: float = Share
    """Probability, each message, that the connection breaks."""
    late_answer: float = Share
    """Probability, each message, that its answer does not come in time."""
    bit_flip: float = Share
    """Probability, each message, that a bit of it or of its answer is the wrong one."""

    @property
    def of_line(self) -> bool:
        """Whether the line to the chip has faults."""
        return bool(self.lost_connection or self.late_answer or self.bit_flip)

    @property
    def of_supply(self) -> bool:
        """Whether pulse trains can break off or be refused."""
        return bool(self.brown_out or self.over_temperature)

    @property
    def of_chip(self) -> bool:
        """Whether the chip itself has faults."""
        return bool(self.stuck or self.dead_row or self.dead_column or self.endurance or self.of_supply)


NOTHING = Injection()
FAULTS = {name.replace("_", "-"): name for name in Injection.model_fields}
"""Name on the command line to field of `Injection`."""


def injection_from(texts: Sequence[str]) -> Injection:
    """Read faults as the command line gives them, ``name:value`` each.

    Raises:
        SettingsError: no such fault, one named twice, or a value out of range.
    """
    given: dict[str, str] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if name not in FAULTS or not colon:
            raise SettingsError(f"There is no fault '{text}' to inject. Give NAME:VALUE with {', '.join(FAULTS)}.")
        if FAULTS[name] in given:
            raise SettingsError(f"The fault {name} is given twice. Give each once.")
        given[FAULTS[name]] = value
    try:
        return Injection.model_validate_strings(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).replace("_", "-")
        raise SettingsError(f"The fault {name}:{first['input']} cannot be injected: {first['msg']}.") from error
