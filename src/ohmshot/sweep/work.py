"""The work of a sweep: the same chips and tasks at every setting, one row of results a chip and setting."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ohmshot.adapt.fleet.run import Workers, run_fleet
from ohmshot.adapt.fleet.settings import FleetRun, fleet_run
from ohmshot.adapt.fleet.work import FleetWork, fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.foundation.records import Record
from ohmshot.host.learner import Learner
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.configuration import Configuration, Value, value_text
from ohmshot.sweep.file import Alphabets
from ohmshot.sweep.plan import Point, SweepPlan, configured


class ImpossibleSettingError(SettingsError):
    """Values that do not go together, or that the chip or the learner cannot take."""


class SweepInputs(Record):
    """The inputs that the rows of a sweep depend on; two sweeps with equal records give equal rows."""

    fleet: FleetRun
    alphabets: Alphabets
    settings: tuple[str, ...]
    """Each setting written out, with its number and to the last digit."""
    axes: tuple[str, ...]
    bundles: dict[str, str]
    """SHA-256 of the bundles swept over, by path."""


@dataclass(frozen=True)
class Execution:
    """Workers and chunk size; no row depends on them.

    Attributes:
        workers: who does it, see `ohmshot.adapt.fleet.run.run_fleet`.
        at_once: most chips of one chunk.
        progress: takes the number of rows done.
    """

    workers: Workers
    at_once: int
    progress: Callable[[int], None] = lambda done: None

    def run(self, work: "SweepWork", inputs: "SweepInputs", table: Path) -> pl.DataFrame:
        """Work out all rows and write them to a Parquet file; a stopped run continues from its parts."""
        return run_fleet(work, inputs, table, self.workers, self.at_once, self.progress)


@dataclass(frozen=True)
class BaselineWork:
    """The work of the run without any change, from which that of every setting is made.

    Attributes:
        fleets: one a bundle, by path; their features and tasks are shared by all settings.
        alphabets: whether tasks are drawn from held-out or evaluation alphabets.
        inputs: all inputs that its rows depend on.
    """

    fleets: Mapping[str | None, FleetWork]
    alphabets: Alphabets
    inputs: FleetRun


def baseline_work(plan: SweepPlan, examples: Examples, alphabets: Alphabets, chips: int) -> BaselineWork:
    """Draw one task a chip and run the fixed layers of every bundle once.

    Args:
        plan: the plan of the sweep.
        examples: examples of the alphabets.
        alphabets: whether they are held-out or evaluation alphabets.
        chips: number of chips.

    Raises:
        SettingsError: the run does not fit a bundle or the data.
    """
    run, baseline = plan.file.run, plan.baseline
    settings = AdaptationSettings(
        episodes=chips,
        chips=chips,
        seed=run.seed,
        shape=EpisodeShape(run.ways, run.shots, run.queries),
        bake=baseline.bake,
    )
    fleets = {path: fleet_work(bundle, examples, plan.parameters, settings) for path, bundle in plan.bundles.items()}
    return BaselineWork(fleets, alphabets, fleet_run(fleets[None], examples.name, plan.parameters))


@dataclass(frozen=True)
class SweepWork:
    """Rows of several settings one after another; row ``number`` is chip ``number % chips`` at its setting.

    Attributes:
        fleets: one a setting, all of the same chips and tasks.
        labels: one row a setting: alphabets, number of the setting, swept values.
    """

    fleets: tuple[FleetWork, ...]
    labels: pl.DataFrame

    @property
    def total(self) -> int:
        """One row a chip and setting."""
        return len(self.fleets) * self.stride

    @property
    def stride(self) -> int:
        """Chips of one setting."""
        return self.fleets[0].total

    def rows(self, numbers: range) -> pl.DataFrame:
        """Adapt and bake some of the chips at their settings."""
        parts = []
        for setting in range(numbers.start // self.stride, -(-numbers.stop // self.stride)):
            first = setting * self.stride
            chips = range(max(numbers.start - first, 0), min(numbers.stop - first, self.stride))
            rows = self.fleets[setting].rows(chips)
            label = self.labels[setting]
            parts.append(
                rows.select(
                    *(pl.lit(label[name][0], label[name].dtype).alias(name) for name in label.columns), pl.all()
                )
            )
        return pl.concat(parts)


def sweep_work(plan: SweepPlan, baseline: BaselineWork, points: Mapping[int, Point]) -> tuple[SweepWork, SweepInputs]:
    """Prepare the work at some settings, given by their numbers.

    Raises:
        ImpossibleSettingError: a setting cannot be run; the message names it.
    """
    fleets = []
    for number, point in points.items():
        try:
            configuration = configured(plan.baseline, plan.axes, point)
            fleets.append(_fleet_at(configuration, baseline.fleets[configuration.bundle.path]))
        except OhmshotError as error:
            values = zip(plan.axes, point, strict=True)
            setting = ", ".join(f"{axis.column} {value_text(value)}" for axis, value in values)
            raise ImpossibleSettingError(f"Setting {number} ({setting}): {error}") from error
    inputs = SweepInputs(
        fleet=baseline.inputs,
        alphabets=baseline.alphabets,
        settings=tuple(f"{number}: {point!r}" for number, point in points.items()),
        axes=tuple(axis.column for axis in plan.axes),
        bundles=plan.digests,
    )
    return SweepWork(tuple(fleets), _labels(plan.axes, points, baseline.alphabets)), inputs


def _fleet_at(configuration: Configuration, baseline: FleetWork) -> FleetWork:
    """Put a configuration into the work of the baseline; features and tasks stay the same tensors.

    Setting up one chip finds out at once what would otherwise end a long run: levels, policies, sizes.
    """
    settings = dataclasses.replace(
        baseline.settings,
        learner=configuration.learner,
        circuit=configuration.circuit,
        bake=configuration.bake,
    )
    bundle = configuration.bundle.apply_to(baseline.bundle)
    chip = SimulatedCrossbar(configuration.cell, configuration.circuit, settings.seed, [0])
    Learner(chip, bundle, configuration.learner)
    return dataclasses.replace(baseline, bundle=bundle, parameters=configuration.cell, settings=settings)


def _labels(axes: Sequence[Axis], points: Mapping[int, Point], alphabets: Alphabets) -> pl.DataFrame:
    columns = {
        "alphabets": pl.Series([alphabets] * len(points), dtype=pl.String),
        "setting": pl.Series(list(points), dtype=pl.Int64),
    }
    for position, axis in enumerate(axes):
        columns[axis.column] = _column(axis, [point[position] for point in points.values()])
    return pl.DataFrame(columns)


def _column(axis: Axis, values: Sequence[Value]) -> pl.Series:
    """Numbers where the axis has only numbers, and nothing where the baseline has none; or else text."""
    if axis.ordered:
        numbers = [value if isinstance(value, int | float) else None for value in values]
        return pl.Series(numbers, dtype=pl.Int64 if axis.whole else pl.Float64)
    return pl.Series([value_text(value) for value in values], dtype=pl.String)
