"""The plan of a sweep: what its file asks for, read and checked, and the settings that it runs."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ohmshot.adapt.bake import Bake
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import FOUR_CONVOLUTIONS, load_bundle, shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set, parameter_set_names
from ohmshot.data.source import SIGNAL_SOURCES, SOURCES, TRAINING_SOURCES
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import derived_seed
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.configuration import Configuration, Value, as_changes, default_configuration, value_text
from ohmshot.sweep.file import SweepFile, axes, load_sweep

Point = tuple[Value, ...]
"""One setting of a sweep: a value for each axis."""


@dataclass(frozen=True)
class SweepPlan:
    """A sweep, read and checked.

    Attributes:
        file: the sweep file.
        axes: the varied parameters.
        parameters: parameter set of the baseline.
        bundles: the run's under None, others by the path that the file gives.
    """

    file: SweepFile
    axes: tuple[Axis, ...]
    parameters: ParameterSet
    bundles: Mapping[str | None, Bundle]

    @property
    def baseline(self) -> Configuration:
        """The run with no parameter changed."""
        bake = Bake(self.file.run.bake_hours, self.file.run.bake_celsius)
        return default_configuration(self.parameters.values, self.file.run.strategy, bake)

    @property
    def baseline_point(self) -> Point:
        """The baseline's values on the axes, with the bundle's own numbers.

        Raises:
            SettingsError: its programming strategy has no such setting.
        """
        own = dataclasses.replace(self.baseline, bundle=as_changes(self.bundles[None]))
        return tuple(1.0 if axis.factor else own.value(axis.parameter.group, axis.parameter.name) for axis in self.axes)

    @property
    def points(self) -> dict[int, Point]:
        """Settings of a grid, or of a Latin hypercube after the baseline, by number."""
        if self.file.method == "grid":
            return dict(enumerate(grid(self.axes)))
        drawn = latin_hypercube(self.axes, self.file.points or 1, self.file.run.seed)
        return dict(enumerate([self.baseline_point, *drawn]))

    @property
    def rows(self) -> int:
        """Chips adapted at all settings together; a search may need fewer."""
        chips, search = self.file.run.chips, self.file.search
        if search is None or self.file.points is None:
            return len(self.points) * chips
        return (1 + self.file.points) * chips + 2 * (search.evaluation_chips or chips)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the bundles that are swept over, by path."""
        return {path: bundle.digest for path, bundle in self.bundles.items() if path is not None}


def read_sweep(path: Path) -> SweepPlan:
    """Read a file and what it names: parameter set and bundles, beside it.

    Raises:
        OhmshotError: something in it is wrong or missing.
    """
    file, folder = load_sweep(path), path.parent
    found, run = axes(file), file.run
    # A set by its name, or a file beside the sweep's.
    parameters = run.parameters if run.parameters in parameter_set_names() else str(folder / run.parameters)
    bundle = load_bundle(folder / run.bundle) if run.bundle else shipped_bundle(FOUR_CONVOLUTIONS)
    plan = SweepPlan(file, found, load_parameter_set(parameters), load_bundles(bundle, found, folder))
    _ = plan.baseline  # names its strategy, or refuses it
    both = [name for name in TRAINING_SOURCES if name in SOURCES or name in SIGNAL_SOURCES]
    if file.method == "search" and run.source not in both:
        raise SettingsError(
            f"A search needs training and evaluation alphabets; the source '{run.source}' has not both. "
            f"Choose one of {', '.join(both)}."
        )
    return plan


def load_bundles(first: Bundle, axes: Sequence[Axis], folder: Path) -> dict[str | None, Bundle]:
    """Return the bundles of a sweep: the run's under None, and those that are swept over, by path.

    Raises:
        BundleError: one cannot be read.
    """
    paths = [each for axis in axes if axis.parameter.key == "bundle.path" for each in axis.choices or ()]
    return {None: first} | {str(path): load_bundle(folder / str(path)) for path in paths if path is not None}


def configured(baseline: Configuration, axes: Sequence[Axis], point: Point) -> Configuration:
    """Return a configuration with the values of a point; where the strategy is swept, its settings begin from its own.

    Raises:
        SettingsError: values that do not go together, or that are out of range.
    """
    found, values = baseline, list(zip(axes, point, strict=True))
    # The strategy first: its settings are changes of what it comes with.
    for axis, value in values:
        if axis.parameter.key == "learner.strategy":
            found = found.changed("learner", {"strategy": value})
    for group in dict.fromkeys(axis.parameter.group for axis in axes):
        new = {
            axis.parameter.name: _multiplied(found, axis, value) if axis.factor else value
            for axis, value in values
            if axis.parameter.group == group and axis.parameter.key != "learner.strategy"
        }
        found = found.changed(group, new)
    return found


def _multiplied(baseline: Configuration, axis: Axis, factor: Value) -> Value:
    value = baseline.value(axis.parameter.group, axis.parameter.name)
    if isinstance(value, tuple):
        product: Value = tuple(float(factor) * each for each in value)  # type: ignore[arg-type]
    elif isinstance(value, int | float):
        product = float(factor) * value  # type: ignore[arg-type]
    else:
        raise SettingsError(f"{axis.parameter.key} is {value_text(value)}, which has no factors. Give it values.")
    return axis.parameter.checked(product)


def grid(axes: Sequence[Axis]) -> list[Point]:
    """Return every combination of the axes' choices, the last axis running fastest."""
    return list(itertools.product(*(axis.choices or () for axis in axes)))


def latin_hypercube(axes: Sequence[Axis], points: int, seed: int) -> list[Point]:
    """Return settings that fill the space evenly (McKay et al., Technometrics 21, 1979, 239).

    Each axis is cut into as many strata of equal share as there are points; every stratum holds one point, at a random
    place, and axes are combined at random.

    Args:
        axes: the space.
        points: number of settings.
        seed: seed of the run.
    """
    from scipy.stats import qmc  # takes 0.3 s to load, which a fleet does not need

    random = np.random.default_rng(derived_seed(seed, "latin hypercube"))
    shares = qmc.LatinHypercube(len(axes), scramble=True, seed=random).random(points)
    return [tuple(axis.at(float(share)) for axis, share in zip(axes, row, strict=True)) for row in shares]
