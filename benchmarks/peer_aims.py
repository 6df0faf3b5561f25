"""What `peers.py` wants to reach, for a chip in a batch: as it was set, and against the peers of the same run.

The limits as set come from figures that were measured once, on one thread, before this program was written: aihwkit
1.2.0 programs 2,048 pairs by its closed loop in 90 to 870 ms, does 1,000 multiplies with noise in 63 ms and five pulsed
updates of 16-45-5 in 5.8 ms; CrossSim 3.2 makes a core with one draw of errors in 0.7 ms and does 1,000 multiplies in
17 ms without read noise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from peer_work import Figure

Sides = Mapping[str, Sequence[Figure]]
"""Figures of every side that was measured."""

OHMSHOT, PER_CELL, AIHWKIT, CROSSSIM = "ohmshot", "NumPy, cell by cell", "aihwkit", "CrossSim"
EACH_CELL, EACH_COLUMN = {"multiply": "noise of each cell"}, {"multiply": "noise summed by column"}
ALL_OF_IT = (
    (PER_CELL, "noise of each cell", EACH_CELL),
    (PER_CELL, "noise summed by column", EACH_COLUMN),
    (AIHWKIT, "closed loop (ReRAM-ES)", {"program": "closed loop, ReRAM-ES", "multiply": "layer"}),
    (AIHWKIT, "one draw instead of pulses", {"program": "one draw", "multiply": "layer"}),
    (CROSSSIM, "one draw instead of pulses", {"program": "core made"}),
)
"""Who does all of the work, and in which ways where there are several."""


@dataclass(frozen=True)
class Aim:
    """One aim.

    Attributes:
        text: what is wanted.
        limit_ms: for one chip of a batch, as set; None where it was set by this run's baseline alone.
        ours: from the figures and the size of the batch to what was reached, ms.
        limit_now: from the figures to the same limit by the peer of this run, ms; None where it was not measured.
    """

    text: str
    limit_ms: float | None
    ours: Callable[[Sides, int], float]
    limit_now: Callable[[Sides], float | None]


def case(name: str) -> Callable[[Sides, int], float]:
    """Ohmshot's own figure of one case in the batch."""
    return lambda sides, chips: _of(sides, OHMSHOT, name, chips=chips) or 0.0


def peer(side: str, name: str, way: str = "", share: float = 1.0) -> Callable[[Sides], float | None]:
    """A share of a peer's least figure of one case, of the ways that begin so."""

    def limit(sides: Sides) -> float | None:
        least = _of(sides, side, name, way)
        return None if least is None else share * least

    return limit


def all_of_it(sides: Sides, side: str, chips: int = 1, ways: Mapping[str, str] | None = None) -> float | None:
    """Time of programming, noisy multiplies and updates together, ms a chip; None where a part was not measured.

    Args:
        sides: the figures.
        side: whose.
        chips: of the batch.
        ways: the way of a case where a side has several, by how it begins; else the fastest.
    """
    parts = [_of(sides, side, name, (ways or {}).get(name, ""), chips) for name in ("program", "multiply", "updates")]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def per_cell_share(sides: Sides) -> float | None:
    """One hundredth of the time of the program that draws the noise of every cell."""
    whole = all_of_it(sides, PER_CELL, ways=EACH_CELL)
    return None if whole is None else whole / 100


def _of(sides: Sides, side: str, name: str, way: str = "", chips: int = 1) -> float | None:
    found = [
        figure.processor_ms
        for figure in sides.get(side, ())
        if figure.case == name and figure.chips == chips and figure.way.startswith(way)
    ]
    return min(found) if found else None


AIMS = (
    Aim(
        "(a) programming, every pulse simulated and verified: 100 times faster than aihwkit's closed loop",
        90 / 100,
        case("program"),
        peer(AIHWKIT, "program", "closed loop, ReRAM-ES", 1 / 100),
    ),
    Aim(
        "(a) programming: no slower than making a CrossSim core with one draw",
        0.7,
        case("program"),
        peer(CROSSSIM, "program", "core made"),
    ),
    Aim(
        "(b) multiplies without read noise: no slower than CrossSim",
        17,
        case("multiply without read noise"),
        peer(CROSSSIM, "multiply without read noise", "ideal converters"),
    ),
    Aim(
        "(b) multiplies with read noise: no slower than aihwkit",
        63,
        case("multiply"),
        peer(AIHWKIT, "multiply", "layer"),
    ),
    Aim("(c) updates: 10 times faster than aihwkit", 5.8 / 10, case("updates"), peer(AIHWKIT, "updates", share=1 / 10)),
    Aim(
        "(d) all of it: 100 times faster than NumPy, cell by cell",
        None,
        lambda sides, chips: all_of_it(sides, OHMSHOT, chips) or 0.0,
        per_cell_share,
    ),
)
