"""Whether ohmshot and the program that goes cell by cell have done the same work: else their ratio says nothing."""

from peer_aims import OHMSHOT, PER_CELL, Sides
from peer_work import LEVELS_OFF, MISSED, OFF, PULSES, RIGHT, WEIGHTS_OFF, WRITTEN

MARGINS = {PULSES: 0.05, LEVELS_OFF: 0.15, WEIGHTS_OFF: 0.05, OFF: 0.1, WRITTEN: 0.15}
"""How far two numbers may lie apart, as a share: several times what a chip differs from the next."""
FEW_CELLS = 0.3
"""The same for the pulses of the few cells that updates write."""
POINTS = {MISSED: 1.0, RIGHT: 20.0}
"""The same for percentages, in points."""


def disagreements(sides: Sides) -> list[str]:
    """What came out otherwise on the two sides, in words; empty where all is alike."""
    unlike = []
    for ours in sides[OHMSHOT]:
        for theirs in sides[PER_CELL]:
            if ours.case == theirs.case:
                unlike += [
                    f"{ours.case}, {ours.chips} chips: {ours.found[what]:.3g} against {theirs.found[what]:.3g} {what}"
                    for what in ours.found
                    if abs(ours.found[what] - theirs.found[what]) > _allowed(ours.case, what, theirs.found[what])
                ]
    return unlike


def _allowed(case: str, what: str, value: float) -> float:
    if what in POINTS:
        return POINTS[what]
    return abs(value) * (FEW_CELLS if case == "updates" and what == PULSES else MARGINS[what])
