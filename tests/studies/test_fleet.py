import dataclasses
import math

import numpy as np
import polars as pl
import pytest

from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wafer import shared_offsets, wafer_of
from ohmshot.data.invented import invented_alphabets
from ohmshot.host.care.care import NO_CARE, every_cell_tested
from ohmshot.host.strategies import hybrid, single_shot_set
from ohmshot.studies.fleet.chips import (
    Fleet,
    adaptation_rows,
    by_chip,
    health_rows,
    with_losses,
)
from ohmshot.studies.fleet.measure import WAFER_ROWS, mixed
from ohmshot.studies.fleet.statistics import predicted_share, rank_correlation, split
from ohmshot.studies.fleet.sweeps import scaled_spread
from ohmshot.studies.fleet.tables import chips_by_tasks, yield_row
from ohmshot.studies.fleet.wafers import wafer_dies
from ohmshot.study.study import StudySettings
from ohmshot.study.tasks import software_percent, tasks_for
from ohmshot.study.write_errors import write_errors_of

SET = load_parameter_set("leti_hfo2_130nm")
LETI = SET.values
BUNDLE = shipped_bundle("four-convolutions")
FLEET = Fleet((0, 1, 2, 3), 2, 4, LETI, single_shot_set.STRATEGY, BUNDLE, NO_CARE)


@pytest.fixture(scope="module")
def tasks() -> Tasks:
    return tasks_for(StudySettings(BUNDLE, invented_alphabets(1, 2, 8, 20), SET, 4, 8, seed=4))


def test_scaling_both_spreads_scales_the_whole_and_keeps_the_shares() -> None:
    twice = scaled_spread(LETI, device=2.0, cycle=2.0)
    assert twice.set_spread == pytest.approx(tuple(2 * each for each in LETI.set_spread))
    assert twice.reset_device_share == pytest.approx(LETI.reset_device_share)


def test_scaling_the_devices_leaves_the_spread_between_cycles() -> None:
    for factor in (0.0, 0.5, 3.0):
        scaled = scaled_spread(LETI, device=factor)
        of_device = scaled.set_spread[0] * math.sqrt(scaled.set_device_share)
        of_cycle = scaled.set_spread[0] * math.sqrt(1 - scaled.set_device_share)
        assert of_device == pytest.approx(factor * LETI.set_spread[0] * math.sqrt(LETI.set_device_share))
        assert of_cycle == pytest.approx(LETI.set_spread[0] * math.sqrt(1 - LETI.set_device_share))


def test_more_spread_lowers_accuracy_and_yield(tasks: Tasks) -> None:
    wild = dataclasses.replace(FLEET, parameters=scaled_spread(LETI, cycle=8.0))
    exact = software_percent(BUNDLE, tasks)
    stated, worse = (
        yield_row(by_chip(with_losses(adaptation_rows(each, tasks), exact)), 97.0, 1.0) for each in (FLEET, wild)
    )
    assert all(
        worse[name] < stated[name] for name in ("accuracy_percent", "baked_percent", "yield_percent", "kept_percent")
    )


def test_working_around_stuck_cells_raises_accuracy(tasks: Tasks) -> None:
    broken = dataclasses.replace(
        FLEET, strategy=hybrid.STRATEGY, parameters=dataclasses.replace(LETI, stuck_low_share=0.1, stuck_high_share=0.1)
    )
    alone = adaptation_rows(broken, tasks)["accuracy_percent"].to_numpy().mean()
    helped = (
        adaptation_rows(dataclasses.replace(broken, care=every_cell_tested()), tasks)["accuracy_percent"]
        .to_numpy()
        .mean()
    )
    assert helped > alone


def test_a_chip_meets_its_tasks_whatever_else_is_in_the_fleet(tasks: Tasks) -> None:
    rows = adaptation_rows(FLEET, tasks)
    assert rows["chip"].to_list() == [0, 1, 2, 3] * 2
    assert chips_by_tasks(rows, "task").tolist() == [[0, 1]] * 4
    assert by_chip(rows)["accuracy_percent"][2] == pytest.approx(
        (rows["accuracy_percent"][2] + rows["accuracy_percent"][6]) / 2
    )


def test_software_accuracy_is_one_number_a_task(tasks: Tasks) -> None:
    exact = software_percent(BUNDLE, tasks)
    assert exact.shape == (8,)
    assert 90 < float(exact.mean()) <= 100


def test_health_sees_what_makes_chips_differ() -> None:
    values = dataclasses.replace(LETI, die_spread=2.0, stuck_high_share=0.05)
    different = health_rows(dataclasses.replace(FLEET, parameters=values))
    alike = health_rows(FLEET)
    assert different["set_microsiemens"].to_numpy().std() > 5 * alike["set_microsiemens"].to_numpy().std()
    assert abs(different["stuck"].to_numpy().mean() - 0.05 * 2048) < 20
    expected_microsiemens = LETI.set_spread[0] * math.sqrt(LETI.set_device_share)
    assert alike["set_cell_spread_microsiemens"].to_numpy() == pytest.approx([expected_microsiemens] * 4, rel=0.1)


def test_everything_that_makes_chips_differ_is_on_in_the_mixed_fleet() -> None:
    values = mixed(SET)
    assert all(getattr(values, row) == SET.quantities[row].swept_values[1] > 0 for row in WAFER_ROWS)  # type: ignore[index,operator]
    assert all(getattr(LETI, row) == 0 for row in WAFER_ROWS)


def test_the_split_of_variance_is_what_was_drawn() -> None:
    random = np.random.default_rng(1)
    values = 2.0 * random.standard_normal((3000, 1)) + 3.0 * random.standard_normal((3000, 4))
    found = split(values)
    assert (found.between, found.within) == pytest.approx((2.0, 3.0), rel=0.05)
    assert found.share.low < 4 / 13 < found.share.high
    assert found.reliability.middle == pytest.approx(4 / (4 + 9 / 4), rel=0.05)


def test_a_ridge_explains_what_is_linear_and_nothing_of_noise() -> None:
    random = np.random.default_rng(2)
    features = random.standard_normal((300, 4))
    noise = random.standard_normal(300)
    assert predicted_share(features, features[:, 0] + 0.1 * noise, 3).low > 0.9
    assert predicted_share(features, noise, 3).middle < 0.05


def test_rank_correlation_is_one_for_any_rising_curve_and_nothing_for_a_constant() -> None:
    x = np.linspace(0, 1, 50)
    assert rank_correlation(x, np.exp(5 * x)).low > 0.99
    assert math.isnan(rank_correlation(np.zeros(50), x).middle)


def test_yields_count_the_chips_that_reach_and_those_that_keep() -> None:
    chips = pl.DataFrame(
        {
            "accuracy_percent": [96.0, 98.0, 99.0],
            "baked_percent": [90.0, 97.0, 98.0],
            "loss_percent": [0.5, 1.5, 2.0],
            "baked_loss_percent": [6.5, 2.5, 3.0],
            "updates_nj": [1.0, 2.0, 3.0],
        }
    )
    row = yield_row(chips, 97.0, 1.0)
    assert (row["yield_percent"], row["kept_percent"]) == pytest.approx((200 / 3, 100 / 3))
    assert (row["baked_yield_percent"], row["baked_kept_percent"]) == pytest.approx((200 / 3, 0.0))
    assert row["yield_low_percent"] < row["yield_percent"] < row["yield_high_percent"]
    assert row["updates_nj"] == 2.0


def test_dies_are_tested_or_judged_and_a_wafer_shows_its_own_errors(tasks: Tasks) -> None:
    tested, judged = wafer_dies(2, 20, 4)
    assert not set(tested) & set(judged)
    assert {wafer_of(number) for number in tested + judged} == {wafer_of(tested[0])}
    values = dataclasses.replace(LETI, wafer_spread=2.0)
    shifts = [float(shared_offsets(values, 4, wafer_dies(number, 0, 4)[0][:1])[0, 0]) for number in range(3)]
    means = []
    for number in range(3):
        crossbar = SimulatedCrossbar(values, Circuit(), 4, wafer_dies(number, 0, 4)[0][:2])
        means.append(write_errors_of(crossbar, single_shot_set.STRATEGY, (1.0, 0.3), 4).shift[1])
    assert np.argsort(means).tolist() == np.argsort(shifts).tolist()
