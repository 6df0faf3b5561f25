"""Number of levels, their places, pair policy and write threshold."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import torch

from ohmshot.adapt.tasks import Tasks
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.sentences import counted, times
from ohmshot.foundation.units import HOUR_S
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.measure.level_choice import levels_by_spread, measured_spread
from ohmshot.host.pairs import PAIR_POLICIES
from ohmshot.study import programming
from ohmshot.study.moments import AFTER_AN_HOUR, STORED
from ohmshot.study.programming import program_chips
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, tasks_for

LEVELS = {"small": (2, 9), "default": (2, 3, 4, 6, 9, 16, 32, 64)}
THRESHOLDS = {"small": (0.0, 8.0), "default": (0.0, 4.0, 8.0, 16.0, 32.0)}
"""uS."""
PLACED = {"small": (9,), "default": (4, 6, 9, 16)}
"""Numbers of levels, the reset state among them, whose places are compared."""
CHIPS = {"small": 1, "default": 8}
"""Of the placements, which need no episodes."""


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips with each choice, one at a time, the others as usual; then compare where levels can lie."""
    kept = SimulatedCrossbar(settings.parameters.values, Circuit(), settings.seed, range(CHIPS[settings.size]))
    spread = measured_spread(kept, settings.strategy, HOUR_S)
    own = len(settings.parameters.values.level_conductances) + 1
    asked: list[tuple[str, str, dict[str, Any]]] = [
        *(("number of levels", str(count), {"levels": count}) for count in LEVELS[settings.size]),
        ("place of levels", f"{own} equal", {"levels": own}),
        ("place of levels", f"{own} datasheet", {"levels": "datasheet"}),
        ("place of levels", f"{own} by spread", {"levels": levels_by_spread(*spread, own)}),
        ("place of levels", "continuous", {"levels": "continuous"}),
        *(("pair policy", policy, {"pair_policy": policy}) for policy in PAIR_POLICIES),
        *(
            ("write threshold", f"{threshold:g} uS", {"levels": "continuous", "write_threshold": threshold})
            for threshold in THRESHOLDS[settings.size]
        ),
    ]
    tasks, rows = tasks_for(settings), []
    step = step_counter(progress, len(asked) + 1)
    for choice, value, changes in asked:
        learner = LearnerSettings(strategy=settings.strategy, **changes)
        rows.append({"choice": choice, "value": value, **_adapted(tasks, settings, learner)})
        step()
    accuracy, places = pl.DataFrame(rows), pl.DataFrame(_places(settings, spread))
    curve = pl.DataFrame({"target_microsiemens": spread[0].tolist(), "sigma_microsiemens": spread[1].tolist()})
    step()
    tables = {"accuracy": accuracy, "places": places, "spread": curve}
    return Measurement(tables, tuple(_findings(accuracy, places)))


def _adapted(tasks: Tasks, settings: StudySettings, learner: LearnerSettings) -> dict[str, float]:
    found = adapted_and_baked(settings, tasks, settings.parameters.values, learner)
    return found.accuracies() | {
        "cells_written": float(found.cells_written.sum(1).double().mean()),
        "adaptation_uj": float(found.spent.joules.mean()) * 1e6,
        "initialisation_uj": float(found.initialisation.joules.mean()) * 1e6,
    }


def _places(settings: StudySettings, spread: tuple[torch.Tensor, torch.Tensor]) -> list[dict[str, Any]]:
    """Misread cells and usable bits after relaxation and bake for equal levels and for levels placed by spread."""
    cell = settings.parameters.values
    low, high = cell.reset_conductance, cell.level_conductances[-1]
    asked: list[tuple[str, tuple[float, ...]]] = [("datasheet", (low, *cell.level_conductances))]
    for count in PLACED[settings.size]:
        asked.append(("equal", tuple(torch.linspace(low, high, count).tolist())))
        asked.append(("by spread", levels_by_spread(*spread, count)))
    rows = []
    for place, levels in asked:
        # Another seed than the chips that the spread was measured on.
        chips = program_chips(cell, settings.strategy, CHIPS[settings.size], settings.seed + 1, levels[1:])
        for moment, storage in STORED.items():
            storage.apply_to(chips.crossbar)
            joint = programming.confusion(chips.crossbar.true_conductances().flatten(), chips.state, chips.states)
            rows.append(
                {
                    "place": place,
                    "levels": len(levels),
                    "moment": moment,
                    "misread_share": programming.misread_share(joint),
                    "usable_bits": programming.usable_bits(joint),
                    "levels_microsiemens": ", ".join(f"{level:.1f}" for level in levels),
                }
            )
    return rows


def _findings(accuracy: pl.DataFrame, places: pl.DataFrame) -> Iterator[str]:
    by = {(row["choice"], row["value"]): row for row in accuracy.iter_rows(named=True)}
    numbers = [row for (choice, _), row in by.items() if choice == "number of levels"]
    best = max(row["accuracy_percent"] for row in numbers)
    enough = next(row for row in numbers if row["accuracy_percent"] + row["accuracy_ci95_percent"] >= best)
    yield (
        f"{enough['value']} equal levels a cell reach {enough['accuracy_percent']:.2f} +- "
        f"{enough['accuracy_ci95_percent']:.2f} %, within the interval of the best number tried "
        f"({best:.2f} %)."
    )
    for policy in list(PAIR_POLICIES)[1:]:
        one, other = by["pair policy", "one-sided"], by["pair policy", policy]
        learned, baked = (other[name] - one[name] for name in ("accuracy_percent", "accuracy_after_bake_percent"))
        yield (
            f"Pair policy {policy}: {learned:+.2f} points of accuracy against one-sided, {baked:+.2f} after the bake, "
            f"{times(other['adaptation_uj'], one['adaptation_uj'])} the energy of the updates and "
            f"{times(other['initialisation_uj'], one['initialisation_uj'])} that of the initialisation."
        )
    thresholds = [row for (choice, _), row in by.items() if choice == "write threshold"]
    floor = thresholds[0]["accuracy_percent"] - thresholds[0]["accuracy_ci95_percent"]
    widest = [row for row in thresholds if row["accuracy_percent"] >= floor][-1]
    yield (
        f"With any conductance allowed, a write threshold of {widest['value']} writes "
        f"{counted(round(widest['cells_written']), 'cell')} instead of {thresholds[0]['cells_written']:.0f} "
        "and stays within the interval of no threshold."
    )
    hour = places.filter(moment=AFTER_AN_HOUR)
    spread = hour.filter(place="by spread").sort("usable_bits").row(-1, named=True)
    sheet = hour.filter(place="datasheet").row(0, named=True)
    yield (
        f"After 1 h a cell holds {sheet['usable_bits']:.2f} bits with the datasheet's "
        f"{counted(sheet['levels'], 'level')}, {spread['usable_bits']:.2f} with "
        f"{counted(spread['levels'], 'level')} placed by the measured spread."
    )


STUDY = Study(
    name="levels",
    title="Levels, pairs and write threshold",
    question="How many levels does a cell need, where should they lie, and how should a pair share a weight?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 6)},
    assumptions={
        "reset_conductance": "not swept here: the levels begin there",
        "relaxation_spread_per_decade": "not swept here; the places of levels follow from it",
        "reset_relaxation_spread_1_day": "not swept: another technology's, and what makes low levels usable",
        "set_spread": "in the strategies study",
    },
)
