"""Run all settings of a sweep on the fleet's engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ohmshot.adapt.fleet.run import Workers, run_fleet
from ohmshot.sweep.design import Point, grid, latin_hypercube
from ohmshot.sweep.file import SweepFile
from ohmshot.sweep.swept_run import Ground, SweptRun
from ohmshot.sweep.work import sweep_work


@dataclass(frozen=True)
class Engine:
    """Where and how the work is done; no row depends on it.

    Attributes:
        workers: see `ohmshot.adapt.fleet.run.run_fleet`, also for what follows.
        at_once: most chips of one chunk.
        progress: told the number of rows done.
    """

    workers: Workers
    at_once: int
    progress: Callable[[int], None] = lambda done: None


def design_points(file: SweepFile, run: SweptRun) -> dict[int, Point]:
    """Return the settings of a grid, or of a Latin hypercube after the run as stated, by number."""
    if file.method == "grid":
        return dict(enumerate(grid(run.axes)))
    return dict(enumerate([run.stated_point, *latin_hypercube(run.axes, file.points or 1, run.table.seed)]))


def run_points(run: SweptRun, start: Ground, points: Mapping[int, Point], table: Path, engine: Engine) -> pl.DataFrame:
    """Adapt the same chips to the same tasks at every setting and write one row a chip and setting.

    A run that was stopped goes on from its parts, see `ohmshot.adapt.fleet.run.run_fleet`.

    Raises:
        SettingsError: a setting that cannot be run, before the first chip is.
    """
    work, described = sweep_work(run, start, points)
    return run_fleet(work, described, table, engine.workers, engine.at_once, engine.progress)
