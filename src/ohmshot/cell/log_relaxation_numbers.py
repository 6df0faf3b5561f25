"""The numbers of relaxation in log time as its laws take them, and the loss within a wait."""

import math
from typing import Any, NamedTuple

from ohmshot.cell.ageing import BOLTZMANN_EV_PER_K
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import padded, slopes
from ohmshot.foundation.compiled import F32, Real
from ohmshot.foundation.units import ROOM_CELSIUS, ZERO_CELSIUS_K


class LogRelaxation(NamedTuple):
    """Numbers of a technology that relaxes in log time; each float32, in uS and s.

    Tables as in `ohmshot.cell.technology.Relaxation`.
    """

    least: Real
    most: Real
    rest: Real
    points: tuple[Real, ...]
    variance: tuple[Real, ...]
    after_set: tuple[Real, ...]
    after_reset: tuple[Real, ...]
    per_start: Real
    jumps: Real
    widening: Real
    per_worn_cycles: Real


def relaxes_in_log_time(parameters: CellParameters) -> bool:
    """Whether a technology has rows for this law; its rows of the other one are then not used."""
    return parameters.log_relaxation_conductances is not None


def log_relaxation(p: CellParameters) -> LogRelaxation:
    """Return the numbers of a technology that has rows for this law."""
    points, start = p.log_relaxation_conductances or (), p.log_relaxation_start or 1.0
    cycles, factor = p.wear_widening or (1.0, 1.0)
    tables = {
        "variance": p.log_relaxation_variance,
        "after_set": p.log_relaxation_shift_after_set,
        "after_reset": p.log_relaxation_shift_after_reset,
    }
    numbers: dict[str, Any] = {
        "least": F32(p.minimum_conductance),
        "most": F32(p.maximum_conductance),
        "rest": F32(p.reset_conductance),
        "points": _f32(padded(points, points[-1], 4)),
        **{name: _f32(slopes(points, values or ())) for name, values in tables.items()},
        "per_start": F32(1 / start),
        "jumps": F32(p.log_relaxation_jumps),
        "widening": F32(factor - 1),
        "per_worn_cycles": F32(1 / cycles),
    }
    return LogRelaxation(**numbers)


def warmth(celsius: float) -> float:
    """Absolute temperature over that of 25 degrees Celsius: decades of log time there for one here."""
    return (celsius + ZERO_CELSIUS_K) / (ROOM_CELSIUS + ZERO_CELSIUS_K)


def loss_within(seconds: float, celsius: float, p: CellParameters) -> float:
    """Loss that a wait adds to its exponent: ``rate dt exp(Ea / k (1 / T_rate - 1 / T))``.

    A rate of its own, so that what is lost follows from measured bakes and from no statement on years. 0 for a
    technology without rows of loss.
    """
    if p.loss_rate is None or p.loss_activation_energy is None or p.loss_temperature is None:
        return 0.0
    inverse = 1 / (p.loss_temperature + ZERO_CELSIUS_K) - 1 / (celsius + ZERO_CELSIUS_K)
    return p.loss_rate * seconds * math.exp(p.loss_activation_energy / BOLTZMANN_EV_PER_K * inverse)


def _f32(values: tuple[float, ...]) -> tuple[Real, ...]:
    return tuple(F32(each) for each in values)
