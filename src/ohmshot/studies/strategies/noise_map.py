"""Where the hybrid wins: a map over the noise of RESET and the size of relaxation."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.log_relaxation_numbers import relaxes_in_log_time
from ohmshot.studies.strategies.contenders import MEASURED_HYBRID, PUBLISHED, contenders
from ohmshot.studies.strategies.ranking import Written, over_chips, written_by
from ohmshot.study.moments import AFTER_THE_BAKE

RESET_NOISE = {"small": (0.05, 0.6), "default": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)}
"""Standard deviations of ln(conductance) at the onset of RESET: 0.05 is assumed for Leti's cells, 0.3 to 0.6 is
SkyWater's interval."""
RELAXATION = {"small": (1.0,), "default": (0.25, 0.5, 1.0, 1.5, 2.0)}
"""Factors of what relaxation shifts and spreads."""
CHIPS = {"small": 2, "default": 12}
OTHERS = tuple(name for name in PUBLISHED if name != "hybrid")


def with_reset_noise(cell: CellParameters, at_onset: float) -> CellParameters:
    """Cells with another spread of ln(conductance) at the onset of RESET; at the full voltage at least as much."""
    return dataclasses.replace(cell, reset_log_spread=(at_onset, max(at_onset, cell.reset_log_spread[1])))


def with_relaxation(cell: CellParameters, factor: float) -> CellParameters:
    """Cells that relax more or less: all shifts and spreads of relaxation times a factor, variances times its square.

    A bake that relaxes on in log time is part of it; thermal loss is not.
    """
    powers: dict[str, float]
    if relaxes_in_log_time(cell):
        shifts = ("log_relaxation_shift_after_set", "log_relaxation_shift_after_reset")
        powers = {"log_relaxation_variance": factor**2, **dict.fromkeys(shifts, factor)}
    else:
        rows = ("relaxation_shift_per_decade", "relaxation_spread_at_60_s", "relaxation_spread_per_decade")
        of_reset = ("reset_relaxation_spread_1_s", "reset_relaxation_spread_1_day")
        powers = dict.fromkeys((*rows, *of_reset), factor)
    changed: dict[str, Any] = {row: tuple(by * each for each in getattr(cell, row)) for row, by in powers.items()}
    return dataclasses.replace(cell, **changed)


def map_rows(technology: str, cell: CellParameters, size: str, seed: int) -> Iterator[dict[str, Any]]:
    """One row a point of the map: weight errors after the bake, and the hybrid's less the best of the others.

    Args:
        technology: its name, for the rows.
        cell: its cells.
        size: of the study.
        seed: seed of patterns and devices.
    """
    for factor in RELAXATION[size]:
        for noise in RESET_NOISE[size]:
            here = with_relaxation(with_reset_noise(cell, noise), factor)
            strategies, crossover = contenders(here, seed)
            written = {name: written_by(here, each, CHIPS[size], seed) for name, each in strategies.items()}
            yield {
                "technology": technology,
                "reset_log_spread": noise,
                "relaxation_factor": factor,
                "crossover_microsiemens": crossover.crossover,
                "best": min(PUBLISHED, key=lambda name: _error(written[name])),
                **_less_the_best(written, "hybrid", "hybrid"),
                **_less_the_best(written, MEASURED_HYBRID, "measured_hybrid"),
                **{f"{name.replace('-', '_')}_microsiemens": _error(written[name]) for name in PUBLISHED},
                "closed_loop_microsiemens": _error(written["closed-loop"]),
                **{f"{name.replace('-', '_')}_pj": float(written[name].picojoules.mean()) for name in PUBLISHED},
            }


def _error(written: Written) -> float:
    return float(written.errors[AFTER_THE_BAKE].mean())


def _less_the_best(written: Mapping[str, Written], name: str, column: str) -> dict[str, float]:
    """Error of one strategy less that of the best of the other published ones, chip by chip, with its interval."""
    best = min(OTHERS, key=lambda each: _error(written[each]))
    less = written[name].errors[AFTER_THE_BAKE] - written[best].errors[AFTER_THE_BAKE]
    return {
        f"{column}_less_best_other_microsiemens": float(less.mean()),
        f"{column}_less_best_other_ci95_microsiemens": over_chips(less),
    }
