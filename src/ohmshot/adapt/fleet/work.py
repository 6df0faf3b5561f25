"""The work of a fleet: which chips, on which tasks, and one row of results a chip."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.run import adapt_batch
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.software import batch_accuracy
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.data.episodes import numbered_episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.devices import computing_on
from ohmshot.foundation.randomness import generator

MEASURED = (
    "accuracy_before_percent",
    "accuracy_adapted_percent",
    "accuracy_baked_percent",
    "cells_written",
    "pulses_initialisation",
    "pulses_adaptation",
    "energy_initialisation_j",
    "energy_adaptation_j",
    "most_cycles",
    "cells_missed",
)
"""Columns of a fleet's table in their order, see `ohmshot.adapt.adaptations.LearnedTasks.columns`."""

Keep = Callable[[range, pl.DataFrame], None]
"""Takes the rows of a chunk as soon as they are there; may be called from any thread."""


class Work(Protocol):
    """Rows of results by their numbers, however many are asked for at once and wherever."""

    @property
    def total(self) -> int:
        """Rows in all."""

    @property
    def stride(self) -> int:
        """Rows of one stride can be worked out as one batch: no chunk reaches over a multiple of it."""

    def rows(self, numbers: range) -> pl.DataFrame:
        """Work out some of the rows, each of which depends on its number alone."""


@dataclass(frozen=True)
class FleetWork:
    """All inputs of the rows of a fleet; a worker receives them once, and then only chip numbers.

    Attributes:
        bundle: the learned initialisation that the chips share.
        tasks: one a chip.
        parameters: parameters of the cell.
        settings: settings of the run, with as many episodes as chips.
        device: PyTorch's name of the device that simulates the chips and computes for their host; random numbers are
            the same on all.
    """

    bundle: Bundle
    tasks: Tasks
    parameters: CellParameters
    settings: AdaptationSettings
    device: str = "cpu"

    @property
    def total(self) -> int:
        """One row a chip."""
        return self.settings.chips

    @property
    def stride(self) -> int:
        """All chips are alike in everything but their numbers."""
        return self.settings.chips

    def rows(self, numbers: range) -> pl.DataFrame:
        """Adapt and bake some of the chips; one row a chip.

        A row depends on the seed and the chip's number alone, not on the chunk or on where it is worked out.
        """
        task = self.tasks.batch(numbers)
        exact = batch_accuracy(self.bundle, task)
        bundle = replace(self.bundle, head=tuple(weights.to(self.device) for weights in self.bundle.head))
        with computing_on(self.device):
            batch = adapt_batch(bundle, task.to(self.device), self.parameters, self.settings, numbers)
        return _table(batch, exact, self.settings, numbers)


def fleet_work(bundle: Bundle, examples: Examples, parameters: ParameterSet, settings: AdaptationSettings) -> FleetWork:
    """Draw one task a chip and run the fixed layers once over all examples.

    Args:
        bundle: the learned initialisation.
        examples: examples of classes that the bundle has never seen.
        parameters: parameters of the cell.
        settings: settings of the run; every chip of ``chips`` learns one episode.

    Raises:
        SettingsError: settings that do not fit the bundle or the data.
    """
    settings = replace(settings, episodes=settings.chips)
    bundle = bundle.for_ways(settings.shape.ways)
    random = generator(settings.seed, "a task a chip")
    episodes = numbered_episodes(examples, settings.shape, settings.chips, random)
    return FleetWork(bundle, Tasks(bundle.features(examples.values), episodes), parameters.values, settings)


def _table(batch: Adaptations, exact: Tensor, settings: AdaptationSettings, numbers: range) -> pl.DataFrame:
    """One row a chip; made of rows, which takes a quarter of the time of columns where chips are few."""
    measured, rows = batch.columns(), len(numbers)
    columns = {name: measured[name] for name in MEASURED}
    columns |= {"accuracy_exact_percent": 100 * exact} | batch.signs.columns
    kinds = {name: pl.Float64 if values.is_floating_point() else pl.Int64 for name, values in columns.items()}
    values = (each.tolist() for each in columns.values())
    told = zip(numbers, [settings.seed] * rows, [settings.learner.strategy.name] * rows, *values, strict=True)
    return pl.DataFrame(list(told), {"chip": pl.Int64, "seed": pl.Int64, "strategy": pl.String, **kinds}, orient="row")
