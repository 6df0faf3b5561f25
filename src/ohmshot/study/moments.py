"""When chips that were just written are looked at."""

from collections.abc import Iterator

from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.units import ROOM_CELSIUS

RIGHT_AFTER, AFTER_AN_HOUR, AFTER_THE_BAKE = MOMENTS = ("right after", "after 1 h", "after the bake")
STORED = {AFTER_AN_HOUR: Bake(1.0, ROOM_CELSIUS), AFTER_THE_BAKE: STANDARD_BAKE}
"""What happens to the chips between the moment before and this one."""


def lived_through(crossbar: Crossbar) -> Iterator[str]:
    """Let chips that were just written live through `MOMENTS`, and name each when it is reached."""
    for moment in MOMENTS:
        if moment in STORED:
            STORED[moment].apply_to(crossbar)
        yield moment
