"""The work of a sweep: the same chips and tasks at every setting, one row of results a chip and setting."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ohmshot.adapt.fleet.settings import FleetRun
from ohmshot.adapt.fleet.work import FleetWork
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.foundation.records import Record
from ohmshot.host.learner import Learner
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.design import Point
from ohmshot.sweep.file import Alphabets
from ohmshot.sweep.parameters import Value
from ohmshot.sweep.setting import Setting, changed, text, value_text
from ohmshot.sweep.swept_run import Ground, SweptRun


class ImpossibleSettingError(SettingsError):
    """Values that do not go together, or that the chip or the learner cannot take."""


class SweepRun(Record):
    """The inputs that the rows of a sweep depend on; two runs with equal records give equal rows."""

    fleet: FleetRun
    alphabets: Alphabets
    settings: tuple[str, ...]
    """Each setting written out, with its number and to the last digit."""
    axes: tuple[str, ...]
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


def sweep_work(run: SweptRun, start: Ground, points: Mapping[int, Point]) -> tuple[SweepWork, SweepRun]:
    """Prepare the work at some settings, given by their numbers.

    Raises:
        ImpossibleSettingError: a setting cannot be run; the message names it.
    """
    fleets = []
    for number, point in points.items():
        try:
            setting = changed(run.stated, run.axes, point)
            fleets.append(_checked(_at(start.works[setting.bundle.path], setting)))
        except OhmshotError as error:
            raise ImpossibleSettingError(f"Setting {number} ({text(run.axes, point)}): {error}") from error
    described = SweepRun(
        fleet=start.described,
        alphabets=start.alphabets,
        settings=tuple(f"{number}: {point!r}" for number, point in points.items()),
        axes=tuple(axis.column for axis in run.axes),
        bundles=run.digests,
    )
    return SweepWork(tuple(fleets), _labels(run.axes, points, start.alphabets)), described


def _at(work: FleetWork, setting: Setting) -> FleetWork:
    """Put a setting into the work of the run as stated; features and tasks stay the same tensors."""
    settings = dataclasses.replace(
        work.settings,
        learner=setting.learner,
        circuit=setting.circuit,
        bake=setting.bake,
    )
    return dataclasses.replace(work, bundle=setting.bundle.of(work.bundle), parameters=setting.cell, settings=settings)


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
