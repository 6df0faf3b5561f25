import dataclasses
from pathlib import Path

import polars as pl
import pytest

from ohmshot.adapt.fleet.parts import parts_folder
from ohmshot.adapt.fleet.work import Keep, Work, fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies import hybrid
from ohmshot.host.strategies.strategy import with_settings
from ohmshot.sweep.plan import Point
from ohmshot.sweep.work import BaselineWork, baseline_work, sweep_work
from small_sweep import ALPHABETS, LETI, along, execution, plan

AXES = (along("cell.set_spread", factors=[1.0, 2.0]), along("strategy.tolerance", values=[2.5, 6]))
PLAN = plan(AXES)
GRID: dict[int, Point] = {0: (1.0, 2.5), 1: (1.0, 6.0), 2: (2.0, 2.5), 3: (2.0, 6.0)}


@pytest.fixture(scope="module")
def start() -> BaselineWork:
    return baseline_work(PLAN, ALPHABETS, "evaluation", 3)


@pytest.fixture(scope="module")
def undisturbed(start: BaselineWork) -> pl.DataFrame:
    work, _ = sweep_work(PLAN, start, GRID)
    return work.rows(range(work.total))


def test_a_grid_numbers_its_settings_and_a_hypercube_begins_with_the_baseline() -> None:
    assert PLAN.points == GRID
    drawn = plan(AXES, {"method": "latin-hypercube", "points": 4}).points
    assert len(drawn) == 5
    assert drawn[0] == (1.0, 2.5)


def test_rows_of_a_grid_are_those_of_separate_fleets(undisturbed: pl.DataFrame) -> None:
    for number, (factor, tolerance) in GRID.items():
        cell = dataclasses.replace(
            LETI.values, set_spread=tuple(float(factor) * each for each in LETI.values.set_spread)
        )
        learner = LearnerSettings(strategy=with_settings(hybrid.STRATEGY, {"tolerance": tolerance}))
        settings = AdaptationSettings(episodes=3, chips=3, seed=4, shape=EpisodeShape(5, 5, 3), learner=learner)
        fleet = fleet_work(
            shipped_bundle("four-convolutions"), ALPHABETS, dataclasses.replace(LETI, values=cell), settings
        )
        alone = fleet.rows(range(3))
        assert undisturbed.filter(pl.col("setting") == number).select(alone.columns).equals(alone)
    assert undisturbed["cell.set_spread.factor"].to_list() == [1.0] * 6 + [2.0] * 6
    assert undisturbed["strategy.tolerance"].unique().sort().to_list() == [2.5, 6.0]


def test_a_hotter_bake_changes_what_comes_after_it_alone() -> None:
    two = plan([along("bake.celsius", values=[25, 350])], chips=2)
    work, _ = sweep_work(two, baseline_work(two, ALPHABETS, "evaluation", 2), {0: (25.0,), 1: (350.0,)})
    cool, hot = work.rows(range(4)).partition_by("setting")
    same = [name for name in cool.columns if name not in ("setting", "bake.celsius", "accuracy_baked_percent")]
    assert cool.select(same).equals(hot.select(same))
    assert hot["accuracy_baked_percent"].sum() < cool["accuracy_baked_percent"].sum()


@pytest.mark.parametrize(("workers", "at_once"), [(1, 2), (2, 125)])
def test_rows_do_not_depend_on_chunks_or_workers(
    start: BaselineWork, undisturbed: pl.DataFrame, tmp_path: Path, workers: int, at_once: int
) -> None:
    table = tmp_path / "sweep.parquet"
    assert execution(workers, at_once).run(*sweep_work(PLAN, start, GRID), table).equals(undisturbed)
    assert pl.read_parquet(table).equals(undisturbed)


def stopping_after(chunks: int):
    def work_out(work: Work, wanted: list[range], keep: Keep) -> None:
        for numbers in wanted[:chunks]:
            keep(numbers, work.rows(numbers))
        raise KeyboardInterrupt

    return work_out


def test_a_stopped_sweep_goes_on_after_the_settings_that_are_finished(
    start: BaselineWork, undisturbed: pl.DataFrame, tmp_path: Path
) -> None:
    table, told = tmp_path / "sweep.parquet", list[int]()
    with pytest.raises(KeyboardInterrupt):
        dataclasses.replace(execution(), workers=stopping_after(2)).run(*sweep_work(PLAN, start, GRID), table)
    assert len(list(parts_folder(table).glob("rows-*"))) == 2
    rows = dataclasses.replace(execution(), progress=told.append).run(*sweep_work(PLAN, start, GRID), table)
    assert told == [6, 9, 12]
    assert rows.equals(undisturbed)


def test_parts_of_other_settings_are_refused(start: BaselineWork, tmp_path: Path) -> None:
    table = tmp_path / "sweep.parquet"
    with pytest.raises(KeyboardInterrupt):
        dataclasses.replace(execution(), workers=stopping_after(0)).run(*sweep_work(PLAN, start, GRID), table)
    with pytest.raises(SettingsError, match="another settings"):
        execution().run(*sweep_work(PLAN, start, {0: (1.0, 2.5000001)}), table)


@pytest.mark.parametrize(
    ("axis", "value", "message"),
    [
        (along("learner.pair_policy", values=["fair"]), "fair", "no pair policy 'fair'"),
        (along("circuit.rows", values=[4]), 4, "does not fit|more arrays|pairs"),
        (along("learner.levels", values=[1]), 1, "A cell has 2 to"),
    ],
)
def test_a_setting_that_cannot_be_run_is_refused_before_the_first_chip(axis, value, message: str) -> None:  # type: ignore[no-untyped-def]
    one = plan([axis])
    with pytest.raises(SettingsError, match=rf"Setting 7 \({axis.column} {value}\): .*({message})"):
        sweep_work(one, baseline_work(one, ALPHABETS, "evaluation", 1), {7: (value,)})
