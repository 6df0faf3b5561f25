"""Search of the best setting under an energy budget.

A setting is chosen on training alphabets that meta-training holds out. Evaluation alphabets are asked for when the
search is over, and measure its winner once, beside the baseline.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ohmshot.adapt.fleet.parts import open_parts, parts_folder
from ohmshot.adapt.fleet.settings import FleetRun
from ohmshot.data.examples import Examples
from ohmshot.foundation.column_names import with_current_columns
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.foreign_files import parquet_of
from ohmshot.foundation.frame_files import write_parquet
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.records import Record
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.configuration import Value
from ohmshot.sweep.file import SweepFile
from ohmshot.sweep.plan import Point, SweepPlan
from ohmshot.sweep.result import compared_by, with_all_energy
from ohmshot.sweep.work import (
    Execution,
    ImpossibleSettingError,
    SweepInputs,
    SweepWork,
    baseline_work,
    sweep_work,
)

START_UP = 10
"""Settings at random places before the estimator leads."""
QUESTIONS = 20
"""Most questions to the estimator for each setting that is run, since it may repeat itself."""


@dataclass(frozen=True)
class FinishedSearch:
    """Settings, rows and winner of a finished search.

    Attributes:
        points: settings by number: 0 the baseline, then the trials.
        rows: one a chip and setting; on evaluation alphabets only the winner's and the baseline's.
        within_budget: numbers of the settings that stay within the budget.
        best: number of the best of them; None where there is none.
    """

    points: dict[int, Point]
    rows: pl.DataFrame
    within_budget: tuple[int, ...]
    best: int | None


class SearchInputs(Record):
    """The inputs of a search; an unfinished search with equal inputs is continued."""

    file: SweepFile
    fleet: FleetRun
    bundles: dict[str, str]


def search(
    plan: SweepPlan, held_out: Examples, evaluation: Callable[[], Examples], table: Path, execution: Execution
) -> FinishedSearch:
    """Run the baseline and the trials on held-out alphabets, then the winner on evaluation alphabets.

    Finished settings lie in the folder ``TABLE.parts`` until the end. A stopped search continues: the estimator gets
    the same scores again and asks for the same settings.

    Args:
        plan: the plan of a search.
        held_out: training alphabets that settings are chosen on.
        evaluation: loads the evaluation alphabets; called once, after the choice.
        table: the Parquet file.
        execution: where the work is done.

    Raises:
        SettingsError: Optuna is not installed, no setting can be run, or the folder holds another search.
    """
    wanted, chips, folder = plan.file.search, plan.file.run.chips, parts_folder(table)
    if wanted is None or plan.file.points is None:
        raise SettingsError("A search needs points and a table [search].")
    baseline = baseline_work(plan, held_out, "held-out", chips)
    open_parts(folder, SearchInputs(file=plan.file, fleet=baseline.inputs, bundles=plan.digests))

    def measured(point: Point, number: int) -> pl.DataFrame:
        work = sweep_work(plan, baseline, {number: point})
        return _rows(*work, folder / f"setting-{number:05d}.parquet", _after(execution, number * chips))

    tried = _tried(plan, plan.file.points, wanted.budget_j, measured)
    points = dict(enumerate(tried))
    means = [_means(rows, plan.file) for rows in tried.values()]
    within = tuple(number for number, (_, joules) in enumerate(means) if joules <= wanted.budget_j)
    best = min(within, key=lambda number: (-means[number][0], means[number][1]), default=None)
    parts = list(tried.values())
    if best is not None:
        last = baseline_work(plan, evaluation(), "evaluation", wanted.evaluation_chips or chips)
        work = sweep_work(plan, last, {number: points[number] for number in sorted({0, best})})
        parts.append(_rows(*work, folder / "evaluation.parquet", _after(execution, len(points) * chips)))
    rows = pl.concat(parts)
    write_parquet(table, rows)
    shutil.rmtree(folder)
    return FinishedSearch(points, rows, within, best)


def _tried(
    plan: SweepPlan, trials: int, budget_j: float, measured: Callable[[Point, int], pl.DataFrame]
) -> dict[Point, pl.DataFrame]:
    """Run the baseline and so many other settings; returns the rows of each, in the order of their numbers.

    A setting that is asked for again is not run again, one whose values do not go together is passed over.
    """
    estimator = Estimator(plan.axes, plan.file.run.seed)
    tried = {plan.baseline_point: measured(plan.baseline_point, 0)}
    for _ in range(QUESTIONS * trials):
        if len(tried) > trials:
            break
        point = estimator.ask()
        if point not in tried:
            try:
                tried[point] = measured(point, len(tried))
            except ImpossibleSettingError:
                estimator.tell_impossible()
                continue
        accuracy, joules = _means(tried[point], plan.file)
        estimator.tell(accuracy, joules / budget_j - 1)
    return tried


def _rows(work: SweepWork, inputs: SweepInputs, path: Path, execution: Execution) -> pl.DataFrame:
    """Run the work, or read what an earlier run of this search has kept of it.

    Raises:
        SettingsError: what is kept there are other settings.
    """
    if not path.exists():
        return execution.run(work, inputs, path)
    try:
        rows = with_current_columns(parquet_of(path))
        kept = rows.select(work.labels.columns).unique(maintain_order=True)
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise SettingsError(f"{path} is damaged ({error}). Remove it, and give the same command again.") from error
    if not kept.equals(work.labels):
        raise SettingsError(
            f"{path} holds another setting than the search asks for, perhaps of another version of Optuna. "
            f"Remove {path.parent} or choose another --table."
        )
    execution.progress(len(rows))
    return rows


def _means(rows: pl.DataFrame, file: SweepFile) -> tuple[float, float]:
    """Accuracy and energy in J of a setting, over its chips."""
    accuracy, energy = (with_all_energy(rows)[column].to_numpy().mean() for column in compared_by(file))
    return float(accuracy), float(energy)


def _after(execution: Execution, before: int) -> Execution:
    """Count the rows done on from those of the settings before."""
    return replace(execution, progress=lambda done: execution.progress(before + done))


class Estimator:
    """A tree-structured Parzen estimator, by Optuna, that proposes the next setting.

    Bergstra et al., NeurIPS 24 (2011): settings are drawn where good ones have been dense and bad ones thin. Settings
    over the budget count as bad ones, the further over the worse. The same seed and answers give the same questions.

    Args:
        axes: the space.
        seed: seed of the run.

    Raises:
        SettingsError: Optuna is not installed.
    """

    def __init__(self, axes: Sequence[Axis], seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            raise SettingsError('Optuna is not installed. Install it with `pip install "ohmshot[search]"`.') from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        start = derived_seed(seed, "search") % 2**32
        sampler = optuna.samplers.TPESampler(seed=start, n_startup_trials=START_UP)
        self._axes, self._failed = axes, optuna.trial.TrialState.FAIL
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._trial: optuna.Trial | None = None

    def ask(self) -> Point:
        """Return the next setting."""
        self._trial = self._study.ask()
        return tuple(self._value(axis) for axis in self._axes)

    def tell(self, accuracy: float, over_budget: float) -> None:
        """Report the measured means of the setting.

        Args:
            accuracy: mean accuracy, which is maximised.
            over_budget: share by which its energy exceeds the budget; 0 or less where it does not.
        """
        assert self._trial is not None
        self._trial.set_constraint("energy", over_budget)
        self._study.tell(self._trial, accuracy)

    def tell_impossible(self) -> None:
        """Say that the setting cannot be run."""
        assert self._trial is not None
        self._study.tell(self._trial, state=self._failed)

    def _value(self, axis: Axis) -> Value:
        assert self._trial is not None
        name = axis.column
        if axis.choices is not None:
            last = len(axis.choices) - 1
            # Numbers stand in an order that the estimator can use; names do not.
            if axis.ordered:
                return sorted(axis.choices, key=float)[self._trial.suggest_int(name, 0, last)]  # type: ignore[arg-type]
            return axis.choices[self._trial.suggest_categorical(name, range(last + 1))]
        if axis.whole:
            return self._trial.suggest_int(name, int(axis.low), int(axis.high), log=axis.log)
        return self._trial.suggest_float(name, axis.low, axis.high, log=axis.log)
