import dataclasses
from pathlib import Path

import polars as pl
import pytest

from ohmshot.adapt.fleet.parts import parts_folder
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.examples import Examples
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.split import split_groups
from ohmshot.sweep import run as running
from ohmshot.sweep import search as searching
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.plan import SweepPlan
from ohmshot.sweep.search import Estimator, FinishedSearch, search
from ohmshot.sweep.work import BaselineWork, baseline_work
from small_sweep import ALPHABETS, OTHERS, along, execution, plan

pytest.importorskip("optuna")

AXES = (along("strategy.tolerance", low=1, high=10, log=True), along("learner.levels", values=["datasheet", 16]))
BUDGET = 3e-7


def searching_plan(axes: tuple[Axis, ...] = AXES, chips: int = 2, budget_j: float = BUDGET) -> SweepPlan:
    return plan(axes, {"method": "search", "points": 4, "search": {"budget_j": budget_j}}, chips=chips)


def found(table: Path, budget_j: float = BUDGET) -> FinishedSearch:
    return search(searching_plan(budget_j=budget_j), ALPHABETS, lambda: OTHERS, table, execution())


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> FinishedSearch:
    return found(tmp_path_factory.mktemp("search") / "one.parquet")


def mean(rows: pl.DataFrame, number: int, column: str) -> float:
    part = rows.filter((pl.col("setting") == number) & (pl.col("alphabets") == "held-out"))
    return float(part[column].to_numpy().mean())


def test_the_best_is_the_most_accurate_within_the_budget(one: FinishedSearch) -> None:
    energies = {number: mean(one.rows, number, "energy_adaptation_j") for number in one.points}
    assert set(one.within_budget) == {number for number, joules in energies.items() if joules <= BUDGET}
    assert 0 < len(one.within_budget) < len(one.points) == 5
    assert one.best in one.within_budget
    accuracies = {number: mean(one.rows, number, "accuracy_baked_percent") for number in one.within_budget}
    assert accuracies[one.best] == max(accuracies.values())


def test_evaluation_alphabets_measure_the_winner_beside_the_baseline_and_nothing_else(one: FinishedSearch) -> None:
    evaluated = one.rows.filter(pl.col("alphabets") == "evaluation")
    assert set(evaluated["setting"]) == {0, one.best}
    assert len(evaluated) == 2 * len({0, one.best})


def test_the_search_asks_for_evaluation_alphabets_once_and_after_the_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every task that is drawn before comes from the held-out alphabets."""
    drawn: list[str] = []

    def watched(plan: SweepPlan, examples: Examples, which: str, chips: int) -> BaselineWork:
        assert examples is {"held-out": ALPHABETS, "evaluation": OTHERS}[which]
        drawn.append(which)
        return baseline_work(plan, examples, which, chips)  # type: ignore[arg-type]

    def evaluation() -> Examples:
        assert drawn == ["held-out"]
        assert len(list(parts_folder(tmp_path / "s.parquet").glob("setting-*.parquet"))) == 5
        return OTHERS

    monkeypatch.setattr(searching, "baseline_work", watched)
    search(searching_plan(), ALPHABETS, evaluation, tmp_path / "s.parquet", execution())
    assert drawn == ["held-out", "evaluation"]


def test_what_is_searched_on_is_what_meta_training_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    everything, header = invented_alphabets(3, 12, 2, 2), shipped_bundle("four-convolutions").header
    monkeypatch.setattr(running, "training_examples", lambda source, location: everything)
    held_out = running.held_out_alphabets("invented", None, [header])
    split = split_groups(everything, 5, header.provenance.seed)
    assert held_out.names == tuple(everything.group_names[group] for group in split.held_out)
    assert held_out.examples.classes == 10
    assert sorted(split.held_out + split.training) == list(range(12))
    assert not held_out.trained_on  # the shipped bundle has seen Omniglot alone


def test_bundles_are_searched_on_what_was_held_out_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "training_examples", lambda source, location: invented_alphabets(3, 12, 2, 2))
    header = shipped_bundle("four-convolutions").header
    provenance = header.provenance.model_copy(update={"seed": 1, "training_data": "invented alphabets, 5 held out"})
    other = header.model_copy(update={"provenance": provenance})
    names = [set(running.held_out_alphabets("invented", None, [each]).names) for each in (header, other)]
    both = running.held_out_alphabets("invented", None, [header, other])
    assert set(both.names) == names[0] & names[1] != names[0]
    assert both.trained_on


def test_the_same_seed_searches_the_same_settings_and_another_does_not(one: FinishedSearch, tmp_path: Path) -> None:
    again = found(tmp_path / "again.parquet")
    assert again.points == one.points
    assert again.rows.equals(one.rows)
    assert Estimator(AXES, 4).ask() == one.points[1] != Estimator(AXES, 5).ask()


def test_a_stopped_search_goes_on_with_the_same_settings(one: FinishedSearch, tmp_path: Path) -> None:
    table, told = tmp_path / "s.parquet", list[int]()

    def stop(done: int) -> None:
        told.append(done)
        if done == 6:
            raise KeyboardInterrupt

    stopped = dataclasses.replace(execution(), progress=stop)
    with pytest.raises(KeyboardInterrupt):
        search(searching_plan(), ALPHABETS, lambda: OTHERS, table, stopped)
    kept = list(parts_folder(table).glob("setting-*.parquet"))
    assert 2 <= len(kept) <= 3
    before = {path: path.stat().st_mtime_ns for path in kept}
    monitored: list[int] = []
    rest = dataclasses.replace(execution(), progress=monitored.append)
    result = search(searching_plan(), ALPHABETS, lambda: OTHERS, table, rest)
    assert monitored[: len(before)] == [2, 4, 6][: len(before)]  # read, not run again
    assert result.rows.equals(one.rows)
    assert not parts_folder(table).exists()


def test_another_search_in_the_same_place_is_refused(tmp_path: Path) -> None:
    def stop(done: int) -> None:
        raise KeyboardInterrupt

    stopped = dataclasses.replace(execution(), progress=stop)
    with pytest.raises(KeyboardInterrupt):
        search(searching_plan(), ALPHABETS, lambda: OTHERS, tmp_path / "s.parquet", stopped)
    with pytest.raises(SettingsError, match="unfinished run of another file"):
        found(tmp_path / "s.parquet", budget_j=1e-6)


def test_nothing_within_the_budget_is_no_winner_and_no_evaluation(tmp_path: Path) -> None:
    none = found(tmp_path / "s.parquet", budget_j=1e-12)
    assert none.best is None
    assert set(none.rows["alphabets"]) == {"held-out"}


def test_settings_that_cannot_be_are_passed_over_and_none_is_run_twice(tmp_path: Path) -> None:
    axes = (along("learner.levels", values=[1, 4, 16]), along("learner.pair_policy", values=["one-sided", "fair"]))
    few = search(searching_plan(axes, 1), ALPHABETS, lambda: OTHERS, tmp_path / "s.parquet", execution())
    assert set(few.points.values()) == {("datasheet", "one-sided"), (4, "one-sided"), (16, "one-sided")}
