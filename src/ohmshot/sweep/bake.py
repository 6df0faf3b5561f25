"""Storage after the updates, as a sweep can change it."""

from dataclasses import dataclass

from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class Bake:
    """Storage after the updates.

    Attributes:
        hours: how long.
        celsius: how hot.

    Raises:
        SettingsError: a time below 0, or a temperature below absolute zero.
    """

    hours: float = 12.0
    celsius: float = 150.0

    def __post_init__(self) -> None:
        if not self.hours >= 0 or not self.celsius >= -273.0:
            raise SettingsError("A bake takes at least 0 hours, at -273 degrees Celsius or above.")
