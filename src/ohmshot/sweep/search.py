"""Search of the best setting under an energy budget.

A setting is chosen on training alphabets that meta-training holds out. Evaluation alphabets are asked for when the
search is over, and measure its winner once, beside the run as stated.
"""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ohmshot.adapt.fleet.parts import open_parts, parts_folder
from ohmshot.adapt.fleet.run import run_fleet
from ohmshot.adapt.fleet.settings import FleetRun
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.files import replacing
from ohmshot.foundation.records import Record
from ohmshot.sweep.design import Point
from ohmshot.sweep.estimator import Estimator
from ohmshot.sweep.file import SweepFile
from ohmshot.sweep.result import compared_by
from ohmshot.sweep.run import Engine
from ohmshot.sweep.summary import with_all_energy
from ohmshot.sweep.swept_run import Ground, SweptRun, ground
from ohmshot.sweep.work import ImpossibleSettingError, SweepRun, SweepWork, sweep_work

QUESTIONS = 20
"""How often the estimator is asked at most for each setting that is run, where it repeats itself."""


@dataclass(frozen=True)
class Found:
    """What a search brought.

    Attributes:
        points: settings by number: 0 the run as stated, then the trials.
        rows: one a chip and setting; on evaluation alphabets only the winner's and the stated run's.
        within_budget: numbers of the settings that stay within the budget.
        best: number of the best of them; None where there is none.
    """

    points: dict[int, Point]
    rows: pl.DataFrame
    within_budget: tuple[int, ...]
    best: int | None


class SearchRun(Record):
    """What tells one search from another, so that an unfinished one goes on."""

    file: SweepFile
    fleet: FleetRun
    bundles: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What a setting brought on average over the chips.

    Attributes:
        accuracy: share of right answers.
        joules: energy of a chip.
    """

    accuracy: float
    joules: float


def search(
    file: SweepFile,
    run: SweptRun,
    held_out: Examples,
    evaluation: Callable[[], Examples],
    table: Path,
    engine: Engine,
) -> Found:
    """Run the stated setting and the trials on held-out alphabets, then the winner on evaluation alphabets.

    Settings that are done lie in the folder ``TABLE.parts`` until the end. A search that was stopped goes on: the
    estimator is told the same outcomes again and asks for the same settings.

    Args:
        file: of a search.
        run: what is swept over.
        held_out: training alphabets that settings are chosen on.
        evaluation: loads the evaluation alphabets; called once, after the choice.
        table: the Parquet file.
        engine: where the work is done.

    Raises:
        SettingsError: Optuna is not installed, no setting can be run, or the folder holds another search.
    """
    wanted = file.search
    if wanted is None or file.points is None:
        raise SettingsError("A search needs points and a table [search].")
    chips, folder = run.table.chips, parts_folder(table)
    start = ground(run, held_out, "held-out", chips)
    open_parts(folder, SearchRun(file=file, fleet=start.described, bundles=run.digests))
    tried = _tried(file, run, start, folder, engine)
    points = dict(enumerate(tried))
    outcomes = [_outcome(rows, file) for rows in tried.values()]
    within = tuple(number for number, each in enumerate(outcomes) if each.joules <= wanted.budget_j)
    best = min(within, key=lambda number: (-outcomes[number].accuracy, outcomes[number].joules), default=None)
    parts = list(tried.values())
    if best is not None:
        last = ground(run, evaluation(), "evaluation", wanted.evaluation_chips or chips)
        work = sweep_work(run, last, {number: points[number] for number in sorted({0, best})})
        parts.append(_measured(*work, folder / "evaluation.parquet", _after(engine, len(points) * chips)))
    rows = pl.concat(parts)
    with replacing(table) as temporary:
        rows.write_parquet(temporary)
    shutil.rmtree(folder)
    return Found(points, rows, within, best)


def _tried(file: SweepFile, run: SweptRun, start: Ground, folder: Path, engine: Engine) -> dict[Point, pl.DataFrame]:
    """Run the stated setting and so many others; returns the rows of each, in the order of their numbers.

    A setting that is asked for again is not run again, one whose values do not go together is passed over.
    """
    estimator, tried = Estimator(run.axes, run.table.seed), dict[Point, pl.DataFrame]()
    trials, budget = file.points or 0, file.search.budget_j if file.search else math.inf

    def measure(point: Point) -> pl.DataFrame:
        number = len(tried)
        work = sweep_work(run, start, {number: point})
        return _measured(
            *work, folder / f"setting-{number:05d}.parquet", _after(engine, number * start.described.chips)
        )

    tried[run.stated_point] = measure(run.stated_point)
    for _ in range(QUESTIONS * trials):
        if len(tried) > trials:
            break
        point = estimator.ask()
        if point not in tried:
            try:
                tried[point] = measure(point)
            except ImpossibleSettingError:
                estimator.tell_impossible()
                continue
        outcome = _outcome(tried[point], file)
        estimator.tell(outcome.accuracy, outcome.joules / budget - 1)
    return tried


def _measured(work: SweepWork, described: SweepRun, path: Path, engine: Engine) -> pl.DataFrame:
    """Run the work, or read what an earlier run of this search has kept of it.

    Raises:
        SettingsError: what is kept there are other settings.
    """
    if not path.exists():
        return run_fleet(work, described, path, engine.workers, engine.at_once, engine.progress)
    rows = pl.read_parquet(path)
    if not rows.select(work.labels.columns).unique(maintain_order=True).equals(work.labels):
        raise SettingsError(
            f"{path} holds another setting than the search asks for, perhaps of another version of Optuna. "
            f"Remove {path.parent} or choose another --table."
        )
    engine.progress(len(rows))
    return rows


def _outcome(rows: pl.DataFrame, file: SweepFile) -> Outcome:
    accuracy, energy = (with_all_energy(rows)[column].to_numpy().mean() for column in compared_by(file))
    return Outcome(float(accuracy), float(energy))


def _after(engine: Engine, before: int) -> Engine:
    """Count what is done on from the settings before."""
    return replace(engine, progress=lambda done: engine.progress(before + done))
