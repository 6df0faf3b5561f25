"""The work of a sweep: the same chips and tasks at every setting, one row of results a chip and setting."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.examples import Examples
from ohmshot.fleet.settings import FleetRun, fleet_run
from ohmshot.fleet.sweep.axis import Axis
from ohmshot.fleet.sweep.design import Point
from ohmshot.fleet.sweep.file import Alphabets, RunTable
from ohmshot.fleet.sweep.parameters import Value
from ohmshot.fleet.sweep.setting import Setting, changed, stated, stated_point, text, value_text
from ohmshot.fleet.work import FleetWork, fleet_work
from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.foundation.records import Record
from ohmshot.host.learner import Learner
from ohmshot.study.adaptation_batch import AdaptationSettings

LABELS = ("alphabets", "setting")
"""Columns before those of the swept parameters."""


@dataclass(frozen=True)
class SweptRun:
    """What is swept over, before any point of the sweep is chosen.

    Attributes:
        table: of the file.
        axes: what is varied.
        parameters: of the cell, as stated.
        bundles: the run's under None, others by the path that the file gives.
    """

    table: RunTable
    axes: tuple[Axis, ...]
    parameters: ParameterSet
    bundles: Mapping[str | None, Bundle]

    @property
    def stated(self) -> Setting:
        """The run without any change."""
        return stated(self.parameters.values, self.table.strategy)

    @property
    def stated_point(self) -> Point:
        """Its values on the axes."""
        return stated_point(self.stated, self.axes)


class SweepRun(Record):
    """The inputs that the rows of a sweep depend on; two runs with equal records give equal rows."""

    fleet: FleetRun
    alphabets: Alphabets
    settings: tuple[str, ...]
    """Each setting written out, with its number."""
    bundles: dict[str, str]
    """SHA-256 of the bundles swept over, by path."""


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


def sweep_work(
    run: SweptRun, points: Mapping[int, Point], examples: Examples, alphabets: Alphabets, chips: int
) -> tuple[SweepWork, SweepRun]:
    """Prepare the work at some settings.

    Args:
        run: what is swept over.
        points: by the numbers of their settings.
        examples: that every setting's tasks are drawn from.
        alphabets: what they are, for the table.
        chips: at each setting.

    Raises:
        SettingsError: a setting that cannot be run; the message names it.
    """
    base: dict[str | None, FleetWork] = {}
    fleets = []
    for number, point in points.items():
        try:
            setting = changed(run.stated, run.axes, point)
            path = setting.bundle.path
            if path not in base:
                base[path] = fleet_work(run.bundles[path], examples, run.parameters, _settings(run.table, chips))
            fleets.append(_checked(_at(base[path], setting)))
        except OhmshotError as error:
            raise SettingsError(f"Setting {number} ({text(run.axes, point)}): {error}") from error
    described = SweepRun(
        fleet=fleet_run(next(iter(base.values())), examples.name, run.parameters),
        alphabets=alphabets,
        settings=tuple(f"{number}: {text(run.axes, point)}" for number, point in points.items()),
        bundles={str(path): work.bundle.digest for path, work in base.items()},
    )
    return SweepWork(tuple(fleets), _labels(run.axes, points, alphabets)), described


def load_bundles(first: Bundle, axes: Sequence[Axis], folder: Path) -> dict[str | None, Bundle]:
    """Return the bundles of a sweep: the run's under None, and those that are swept over, by path.

    Raises:
        BundleError: one cannot be read.
    """
    from ohmshot.bundle.file import load_bundle

    paths = [each for axis in axes if axis.parameter.key == "bundle.path" for each in axis.choices or ()]
    return {None: first} | {str(path): load_bundle(folder / str(path)) for path in paths if path is not None}


def _settings(table: RunTable, chips: int) -> AdaptationSettings:
    return AdaptationSettings(
        episodes=chips,
        chips=chips,
        seed=table.seed,
        shape=EpisodeShape(table.ways, table.shots, table.queries),
        bake_hours=table.bake_hours,
        bake_celsius=table.bake_celsius,
    )


def _at(work: FleetWork, setting: Setting) -> FleetWork:
    """Put a setting into the work of the run as stated; features and tasks stay the same tensors."""
    return dataclasses.replace(
        work,
        bundle=setting.bundle.of(work.bundle),
        parameters=setting.cell,
        settings=dataclasses.replace(work.settings, learner=setting.told, circuit=setting.circuit),
    )


def _checked(work: FleetWork) -> FleetWork:
    """Set up one chip, which finds out at once what would otherwise end a long run: levels, policies, sizes."""
    settings = work.settings
    chip = SimulatedCrossbar(work.parameters, settings.circuit, settings.seed, [0])
    Learner(chip, work.bundle, settings.learner)
    return work


def _labels(axes: Sequence[Axis], points: Mapping[int, Point], alphabets: Alphabets) -> pl.DataFrame:
    columns = {
        "alphabets": pl.Series([alphabets] * len(points), dtype=pl.String),
        "setting": pl.Series(list(points), dtype=pl.Int64),
    }
    for place, axis in enumerate(axes):
        values = [point[place] for point in points.values()]
        columns[axis.column] = _column(axis, values)
    return pl.DataFrame(columns)


def _column(axis: Axis, values: Sequence[Value]) -> pl.Series:
    """Numbers where the axis has only numbers, and nothing where the run as stated has none; or else text."""
    if axis.ordered:
        numbers = [value if isinstance(value, int | float) else None for value in values]
        return pl.Series(numbers, dtype=pl.Int64 if axis.whole else pl.Float64)
    return pl.Series([value_text(value) for value in values], dtype=pl.String)
