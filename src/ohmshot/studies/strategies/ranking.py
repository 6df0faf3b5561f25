"""The ranking of the strategies on several technologies, paired: the same chips, patterns and tasks for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.tasks import Tasks
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.foundation.statistics import half_interval, half_interval_of_groups
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.measure.crossover import MeasuredCrossover
from ohmshot.host.strategies.strategy import ProgrammingStrategy, settings_of
from ohmshot.studies.strategies.contenders import contenders
from ohmshot.studies.strategies.tables import LESS_HYBRID, WEIGHT_ERROR, WEIGHT_ERROR_HALF
from ohmshot.study.moments import through_moments
from ohmshot.study.programming import program_chips
from ohmshot.study.study import StudySettings
from ohmshot.study.tasks import adapted_and_baked

TECHNOLOGIES = ("leti_hfo2_130nm", "leti_with_measured_spreads", "skywater_130nm")
"""Leti's cells as they are known, with the spreads of their nearest measured relative, and that relative."""


@dataclass(frozen=True)
class Written:
    """What writing chips by one strategy cost and left, chip by chip.

    Attributes:
        errors: root mean square of the weight error at each moment, uS, float64 [chips].
        picojoules: a cell, float64 [chips].
        cycles: SET/RESET cycles a cell, float64 [chips].
        missed_share: of all cells.
    """

    errors: Mapping[str, Tensor]
    picojoules: Tensor
    cycles: Tensor
    missed_share: float


def written_by(cell: CellParameters, strategy: ProgrammingStrategy, chips: int, seed: int) -> Written:
    """Write a pattern into fresh chips and follow it through all moments."""
    made = program_chips(cell, strategy, chips, seed)
    cells = len(made.state) // chips
    errors = {
        moment: made.pair_error.double().view(chips, -1).square().mean(1).sqrt()
        for moment in through_moments(made.crossbar)
    }
    return Written(
        errors,
        made.cost.joules * 1e12 / cells,
        made.cycles.double().view(chips, -1).mean(1),
        len(made.missed) / len(made.state),
    )


def technologies(settings: StudySettings) -> dict[str, CellParameters]:
    """The technology of the study, then the others that it is compared on; none of these for a small study."""
    others = TECHNOLOGIES if settings.size == "default" else ()
    own = {settings.parameters.information.name: settings.parameters.values}
    return own | {name: load_parameter_set(name).values for name in others if name not in own}


def ranked(
    technology: str, cell: CellParameters, tasks: Tasks, settings: StudySettings
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the ranking, and of the crossover, of one technology."""
    strategies, crossover = contenders(cell, settings.seed)
    written = {name: written_by(cell, each, settings.chips, settings.seed) for name, each in strategies.items()}
    learned = {
        name: adapted_and_baked(settings, tasks, cell, LearnerSettings(strategy=each))
        for name, each in strategies.items()
    }
    rows = [
        {
            "technology": technology,
            "strategy": name,
            "crossover_microsiemens": settings_of(each).get("crossover") if "hybrid" in name else None,
            **_written_row(written[name], written["hybrid"]),
            **_learned_row(learned[name], learned["hybrid"]),
        }
        for name, each in strategies.items()
    ]
    return rows, _crossover_rows(technology, crossover)


def _written_row(one: Written, hybrid: Written) -> dict[str, float]:
    """Costs and errors of writing, each with its interval over chips, and the errors less those of the hybrid."""
    row = {
        "energy_pj": float(one.picojoules.mean()),
        "energy_ci95_pj": over_chips(one.picojoules),
        "cycles": float(one.cycles.mean()),
        "missed_share": one.missed_share,
    }
    for moment, error in one.errors.items():
        less = error - hybrid.errors[moment]
        row |= {
            WEIGHT_ERROR[moment]: float(error.mean()),
            WEIGHT_ERROR_HALF[moment]: over_chips(error),
            LESS_HYBRID[moment]: float(less.mean()),
            LESS_HYBRID[moment].replace("_microsiemens", "_ci95_microsiemens"): over_chips(less),
        }
    return row


def over_chips(values: Tensor) -> float:
    """Half width of the 95 % interval of a mean over all chips that might be made (Student's t); 0 for one chip."""
    return half_interval_of_groups(values, torch.arange(len(values))) or 0.0


def _learned_row(one: Adaptations, hybrid: Adaptations) -> dict[str, float]:
    """Accuracy after five updates and after the bake, each less that of the hybrid on the same tasks, and energy."""
    joules = one.spent.joules
    row = one.accuracies() | {
        "adaptation_uj": 1e6 * float(joules.mean()),
        "adaptation_ci95_uj": 1e6 * half_interval(joules),
    }
    pairs = {"": (one.learned, hybrid.learned), "_after_bake": (one.accuracy_after_bake, hybrid.accuracy_after_bake)}
    for name, (mine, theirs) in pairs.items():
        less = 100 * (mine - theirs)
        row[f"accuracy{name}_less_hybrid_percent"] = float(less.mean())
        row[f"accuracy{name}_less_hybrid_ci95_percent"] = half_interval(less)
    return row


def _crossover_rows(technology: str, found: MeasuredCrossover) -> list[dict[str, Any]]:
    return [
        {
            "technology": technology,
            "level_microsiemens": level,
            "error_by_reset_microsiemens": by_reset,
            "error_by_set_microsiemens": by_set,
            "reached_by": "RESET" if level < found.crossover else "SET",
        }
        for level, by_reset, by_set in zip(found.levels, found.error_by_reset, found.error_by_set, strict=True)
    ]
