"""Storage at one temperature that ages cells as much as storage at another, by the laws that a technology ages by."""

import math

from ohmshot.cell.ageing import acceleration
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.log_relaxation_numbers import loss_within, relaxes_in_log_time, warmth


def equivalent_seconds(seconds: float, celsius: float, at_celsius: float, parameters: CellParameters) -> float:
    """Time in s at another temperature for which a bake surely stands: that ages fresh cells no more than the bake.

    Where loss is thermally activated alone, by Arrhenius' law (`ohmshot.cell.ageing.acceleration`). Where cells relax
    in log time, the shorter of two times: as many decades of log time, and as much loss (`relaxes_as_long`,
    `loses_as_long`).

    Args:
        seconds: of the bake.
        celsius: of the bake.
        at_celsius: the other temperature.
        parameters: the technology.
    """
    if not relaxes_in_log_time(parameters):
        return seconds * acceleration(celsius, parameters) / acceleration(at_celsius, parameters)
    return min(
        relaxes_as_long(seconds, celsius, at_celsius, parameters),
        loses_as_long(seconds, celsius, at_celsius, parameters),
    )


def relaxes_as_long(seconds: float, celsius: float, at_celsius: float, parameters: CellParameters) -> float:
    """Time in s at another temperature in which as many barriers are crossed, ``t0 ((1 + t / t0)^(T / T') - 1)``.

    Solved for t' from ``T log10(1 + t / t0) = T' log10(1 + t' / t0)`` (`ohmshot.cell.log_relaxation`).
    """
    start = parameters.log_relaxation_start or 1.0
    return start * math.expm1(math.log1p(seconds / start) * warmth(celsius) / warmth(at_celsius))


def loses_as_long(seconds: float, celsius: float, at_celsius: float, parameters: CellParameters) -> float:
    """Time in s at another temperature in which as much is lost; infinite for a technology without rows of loss."""
    lost = loss_within(seconds, celsius, parameters)
    return lost / loss_within(1.0, at_celsius, parameters) if lost > 0 else math.inf
