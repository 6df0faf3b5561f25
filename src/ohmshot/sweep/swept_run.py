"""What a sweep begins from: the run as stated, and on which alphabets."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ohmshot.adapt.bake import Bake
from ohmshot.adapt.fleet.settings import FleetRun, fleet_run
from ohmshot.adapt.fleet.work import FleetWork, fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.examples import Examples
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.bundle_changes import what_it_has
from ohmshot.sweep.design import Point
from ohmshot.sweep.file import Alphabets, RunTable
from ohmshot.sweep.setting import Setting, stated, stated_point


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
        bake = Bake(self.table.bake_hours, self.table.bake_celsius)
        return stated(self.parameters.values, self.table.strategy, bake)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the bundles that are swept over, by path."""
        return {path: bundle.digest for path, bundle in self.bundles.items() if path is not None}

    @property
    def stated_point(self) -> Point:
        """Its values on the axes."""
        own = dataclasses.replace(self.stated, bundle=what_it_has(self.bundles[None]))
        return stated_point(own, self.axes)


@dataclass(frozen=True)
class Ground:
    """The run as stated on some alphabets, from which every setting begins.

    Attributes:
        works: one a bundle, by path; their features and tasks are shared by all settings.
        alphabets: what the tasks are drawn from.
        described: the run's inputs.
    """

    works: Mapping[str | None, FleetWork]
    alphabets: Alphabets
    described: FleetRun


def ground(run: SweptRun, examples: Examples, alphabets: Alphabets, chips: int) -> Ground:
    """Draw one task a chip and run the fixed layers of every bundle once.

    Raises:
        SettingsError: the run does not fit a bundle or the data.
    """
    settings = _settings(run.table, chips)
    works = {path: fleet_work(bundle, examples, run.parameters, settings) for path, bundle in run.bundles.items()}
    return Ground(works, alphabets, fleet_run(works[None], examples.name, run.parameters))


def load_bundles(first: Bundle, axes: Sequence[Axis], folder: Path) -> dict[str | None, Bundle]:
    """Return the bundles of a sweep: the run's under None, and those that are swept over, by path.

    Raises:
        BundleError: one cannot be read.
    """
    paths = [each for axis in axes if axis.parameter.key == "bundle.path" for each in axis.choices or ()]
    return {None: first} | {str(path): load_bundle(folder / str(path)) for path in paths if path is not None}


def _settings(table: RunTable, chips: int) -> AdaptationSettings:
    return AdaptationSettings(
        episodes=chips,
        chips=chips,
        seed=table.seed,
        shape=EpisodeShape(table.ways, table.shots, table.queries),
        bake=Bake(table.bake_hours, table.bake_celsius),
    )
