"""Bakes: storage at a high temperature, which ages cells in hours as years of use do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.units import HOUR_S

LONGEST_HOURS = 1e7
"""A thousand years: beyond, a number is a slip."""
HOTTEST_CELSIUS = 1000.0
"""Below the melting point of silicon, far above what a chip survives: beyond, a number is a slip."""


@dataclass(frozen=True)
class Bake:
    """Storage of chips at one temperature, without power.

    Attributes:
        hours: duration in hours.
        celsius: temperature in degrees Celsius.

    Raises:
        SettingsError: a time below 0 or above `LONGEST_HOURS`, or a temperature below absolute zero or above
            `HOTTEST_CELSIUS`.

    Examples:
        >>> import ohmshot as oh
        >>> oh.Bake(hours=12, celsius=150).seconds
        43200.0
    """

    hours: float
    celsius: float

    def __post_init__(self) -> None:
        if not 0 <= self.hours <= LONGEST_HOURS or not -273.0 <= self.celsius <= HOTTEST_CELSIUS:
            raise SettingsError(
                f"A bake takes 0 to {LONGEST_HOURS:,.0f} hours, at -273 to {HOTTEST_CELSIUS:.0f} degrees Celsius; "
                f"{self.hours:g} hours at {self.celsius:g} were asked for."
            )

    @property
    def seconds(self) -> float:
        """Duration in s."""
        return self.hours * HOUR_S

    def apply_to(self, crossbar: Crossbar) -> None:
        """Store chips so long at this temperature."""
        crossbar.wait(self.seconds, self.celsius)


def bake(chips: Crossbar, hours: float, celsius: float) -> None:
    """Store chips without power at a temperature, so that their cells age; simulated chips take no real time.

    Args:
        chips: the chips; a real one is asked to wait, at a temperature that its tester must be able to make.
        hours: duration in hours.
        celsius: temperature in degrees Celsius.

    Raises:
        SettingsError: a time below 0 or above `LONGEST_HOURS`, or a temperature below absolute zero or above
            `HOTTEST_CELSIUS`.
        ChipError: a real chip cannot do it.

    Examples:
        >>> import ohmshot as oh
        >>> chips = oh.SimulatedChips()
        >>> missed = oh.Learner(chips, oh.load_bundle()).initialise()
        >>> before = chips.true_conductances()
        >>> oh.bake(chips, hours=12, celsius=150)
        >>> bool((chips.true_conductances() != before).any())
        True
    """
    Bake(hours, celsius).apply_to(chips)


STANDARD_BAKE = Bake(12.0, 150.0)
"""12 h at 150 degrees Celsius, which stand for 10 years at 75 (VLSI 2025 summary)."""


def stored_until(crossbar: Crossbar, times: Iterable[float], celsius: float, unit_s: float = 1.0) -> Iterator[float]:
    """Store chips up to each of some times, and give each time when it is reached, so that one may look.

    Args:
        crossbar: the chips.
        times: rising, from the start of the storage.
        celsius: temperature in degrees Celsius.
        unit_s: unit of the times, in s.
    """
    before = 0.0
    for time in times:
        crossbar.wait((time - before) * unit_s, celsius)
        before = time
        yield time
