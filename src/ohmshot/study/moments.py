"""Moments after programming at which chips are measured."""

from collections.abc import Iterator

from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.units import ROOM_CELSIUS

RIGHT_AFTER, AFTER_AN_HOUR, AFTER_THE_BAKE = MOMENTS = ("right after", "after 1 h", "after the bake")
STORED = {AFTER_AN_HOUR: Bake(1.0, ROOM_CELSIUS), AFTER_THE_BAKE: STANDARD_BAKE}
"""Storage between the moment before and this one."""


def through_moments(crossbar: Crossbar) -> Iterator[str]:
    """Store chips that were just written from one of `MOMENTS` to the next, and name each when it is reached."""
    for moment in MOMENTS:
        if moment in STORED:
            STORED[moment].apply_to(crossbar)
        yield moment
