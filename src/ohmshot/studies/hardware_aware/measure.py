"""Initialisations that know the hardware and others: on the chip, under worse chips, on other tasks, in writes."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ohmshot.adapt.software import software_accuracy
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.sentences import counted, times
from ohmshot.foundation.statistics import half_interval
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.study.initialisations import (
    chosen_in_software,
    chosen_through_hardware,
    maml_through_hardware,
    plain_maml,
    require_unseen,
    training_examples_beside,
    training_on,
    unseen_bundle,
)
from ohmshot.study.sensitivity import with_stuck_cells
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, tasks_for
from ohmshot.study.write_errors import measured_write_errors

ADAPTED = "chosen through the hardware"
PLAIN = "plain MAML"
BASELINE = "as stated"
SPREAD_ROWS = (
    "set_spread",
    "reset_log_spread",
    "relaxation_spread_at_60_s",
    "relaxation_spread_per_decade",
    "reset_relaxation_spread_1_s",
    "reset_relaxation_spread_1_day",
)
"""Rows that "twice the variability" doubles: spreads of programming and of relaxation."""


@dataclass(frozen=True)
class TaskShape:
    """Ways and shots, and the 2-kbit arrays that the head needs for them."""

    ways: int
    shots: int
    arrays: int

    @property
    def name(self) -> str:
        """Name in tables, as papers write it."""
        return f"{self.ways}-way {self.shots}-shot"


STANDARD = TaskShape(5, 5, 1)


@dataclass(frozen=True)
class ComparisonSizes:
    """Sizes of the study."""

    tasks: tuple[TaskShape, ...]
    full_scales: tuple[float, ...]
    iterations: int
    held_out_episodes: int


SIZES: dict[Size, ComparisonSizes] = {
    "default": ComparisonSizes(
        (TaskShape(5, 1, 1), TaskShape(10, 5, 2), TaskShape(20, 5, 2)),
        (0.1, 0.2, 0.4, 0.8, 1.6),
        iterations=300,
        held_out_episodes=600,
    ),
    "small": ComparisonSizes((TaskShape(5, 1, 1),), (0.2, 0.8), iterations=25, held_out_episodes=50),
}


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Learn the initialisations on training characters, then judge them on chips with unseen ones."""
    sizes = SIZES[settings.size]
    learned_from = training_examples_beside(settings.drawings)
    require_unseen(settings.bundle, learned_from)
    training = training_on(settings.bundle, learned_from, settings.seed, sizes.iterations, sizes.held_out_episodes)
    values = settings.parameters.values
    cells = conditions(values)

    def errors(full_scale: tuple[float, ...]) -> WriteErrorModel:
        return measured_write_errors(values, settings.strategy, full_scale, settings.seed)

    model = errors(settings.bundle.header.mapping.weight_full_scale)
    bundles = {
        PLAIN: plain_maml(training),
        "chosen in software": chosen_in_software(training),
        ADAPTED: settings.bundle,
        "MAML through the hardware": maml_through_hardware(training, model),
    }
    visits = [
        *((name, STANDARD, condition) for name in bundles for condition in cells),
        *((name, task, BASELINE) for name in bundles for task in sizes.tasks),
    ]
    step = step_counter(progress, len(visits) + len(sizes.full_scales))
    rows = []
    for name, task, condition in visits:
        row = _judged(settings, bundles[name], task, cells[condition])
        rows.append({"initialisation": name, "task": task.name, "condition": condition, **row})
        step()
    curve = []
    for full_scale in sizes.full_scales:
        scales = (settings.bundle.header.mapping.weight_full_scale[0], full_scale)
        bundle = chosen_through_hardware(training, errors(scales))
        curve.append({"second_layer_full_scale": full_scale, **_judged(settings, bundle, STANDARD, values)})
        step()
    table, writes = pl.DataFrame(rows), pl.DataFrame(curve)
    return Measurement(
        {"initialisations": table, "writes": writes},
        (_made(settings.bundle), *_findings(table, writes)),
        ("finn2017maml", "antoniou2019train", "triantafillou2020metadataset"),
    )


def conditions(values: CellParameters) -> dict[str, CellParameters]:
    """Cells of the chips by condition; the host does not know of stuck ones."""
    doubled = {name: _doubled(getattr(values, name)) for name in SPREAD_ROWS}
    return {
        BASELINE: values,
        "twice the variability": dataclasses.replace(values, **doubled),  # type: ignore[arg-type]
        "1 % stuck cells": with_stuck_cells(values, 0.01),
        "5 % stuck cells": with_stuck_cells(values, 0.05),
    }


def _doubled(value: float | tuple[float, ...]) -> float | tuple[float, ...]:
    return tuple(2 * each for each in value) if isinstance(value, tuple) else 2 * value


def _judged(settings: StudySettings, bundle: Bundle, task: TaskShape, values: CellParameters) -> dict[str, float]:
    """Adapt chips to unseen tasks: accuracies in per cent with 95 % intervals, writes and energy."""
    settings = dataclasses.replace(settings, bundle=bundle.for_ways(task.ways))
    tasks = tasks_for(settings, EpisodeShape(task.ways, task.shots))
    batch = adapted_and_baked(settings, tasks, values, circuit=Circuit().arrays(task.arrays))
    return {
        "accuracy_percent": 100 * float(batch.accuracy[:, -1].mean()),
        "accuracy_ci95_percent": 100 * half_interval(batch.accuracy[:, -1]),
        "after_two_updates_percent": 100 * float(batch.accuracy[:, 2].mean()),
        "baked_percent": 100 * float(batch.accuracy_after_bake.mean()),
        "baked_ci95_percent": 100 * half_interval(batch.accuracy_after_bake),
        "software_percent": 100 * float(software_accuracy(settings.bundle, tasks).mean()),
        "cells_written": float(batch.cells_written.sum(1).double().mean()),
        "updates_uj": 1e6 * float(batch.spent.joules.mean()),
    }


def _made(bundle: Bundle) -> str:
    """Say what the convolutions in front of every initialisation were trained on."""
    made = bundle.header.provenance
    iterations = made.settings.get("warm_up_iterations")
    warmed_up = f" in {iterations:,} iterations" if isinstance(iterations, int) else ""
    return f"All stand behind the fixed layers of {bundle.header.name}, trained{warmed_up} on {made.training_data}."


def _findings(table: pl.DataFrame, writes: pl.DataFrame) -> Iterator[str]:
    standard = {row["initialisation"]: row for row in table.filter(task=STANDARD.name, condition=BASELINE).to_dicts()}
    plain, shipped = standard[PLAIN], standard[ADAPTED]
    for name, row in standard.items():
        yield (
            f"{name}: {row['accuracy_percent']:.2f} +- {row['accuracy_ci95_percent']:.2f} % after five updates on the "
            f"chip ({row['software_percent']:.2f} % in software), {row['baked_percent']:.2f} % after the bake, "
            f"{counted(round(row['cells_written']), 'cell')} written, {row['updates_uj']:.2f} uJ."
        )
    reached = writes.filter(pl.col("accuracy_percent") >= plain["accuracy_percent"] - plain["accuracy_ci95_percent"])
    if len(reached):
        least = reached.sort("cells_written").row(0, named=True)
        yield (
            f"At a full scale of {least['second_layer_full_scale']:g} the accuracy of plain MAML on the chip is kept "
            f"({least['accuracy_percent']:.2f} against {plain['accuracy_percent']:.2f} %) with "
            f"{times(least['cells_written'], plain['cells_written'])} its writes."
        )
    gain = standard["MAML through the hardware"]["accuracy_percent"] - shipped["accuracy_percent"]
    half = shipped["accuracy_ci95_percent"]
    size = f"{abs(gain):.2f} points"
    verdict = (
        f"adds {size} to" if gain > half else f"takes {size} from" if gain < -half else "gains nothing certain over"
    )
    known = "" if abs(gain) > half else f" ({gain:+.2f} points, within the interval)"
    yield f"MAML of the head through the hardware {verdict} a head only chosen through it{known}."


STUDY = Study(
    name="hardware-aware",
    title="Initialisations with and without the hardware in the loop",
    question="What does meta-training gain, in accuracy, writes and energy, by knowing what programming does?",
    measure=measure,
    counts={"default": Counts(20, 200), "small": Counts(2, 6)},
    assumptions={
        "set_spread": "doubled with the other spreads in one condition",
        "stuck_low_share": "0.5 and 2.5 % in two conditions",
        "stuck_high_share": "0.5 and 2.5 % in two conditions",
        "compliance_per_conductance": "scales all energies alike; see the energy study",
    },
    unseen_bundle=unseen_bundle,
    two_layers=True,
)
