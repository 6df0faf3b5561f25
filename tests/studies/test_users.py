import dataclasses

import pytest
import torch

from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.invented import invented_alphabets
from ohmshot.studies.users.assumptions import UsersAssumptions
from ohmshot.studies.users.life import HANDOVERS, Life, Visit, simulate_life, wear_a_user
from ohmshot.studies.users.tables import battery_table, years_table
from ohmshot.study.study import StudySettings
from ohmshot.study.tasks import tasks_for

SETTINGS = StudySettings(
    shipped_bundle("four-convolutions"),
    invented_alphabets(1, 2, 8, 20),
    load_parameter_set("leti_hfo2_130nm"),
    3,
    6,
    seed=2,
)
MONTHLY = Life("a user a month", 12 / 365.25)
FORGET = HANDOVERS["forget"]


@pytest.fixture(scope="module")
def tasks() -> Tasks:
    return tasks_for(SETTINGS)


@pytest.fixture(scope="module")
def wear(tasks: Tasks) -> torch.Tensor:
    return wear_a_user(SETTINGS, tasks, FORGET)


def live(tasks: Tasks, wear: torch.Tensor, life: Life, care: str = "forget", years: float = 10.0) -> list[Visit]:
    return simulate_life(SETTINGS, tasks, life, HANDOVERS[care], wear, years, 2)


def test_wear_grows_with_users(tasks: Tasks, wear: torch.Tensor) -> None:
    few, many = (live(tasks, wear, dataclasses.replace(MONTHLY, users_a_day=each)) for each in (0.03, 3.0))
    assert float(few[1].most_cycles.mean()) > float(few[0].most_cycles.mean())
    assert float(many[1].most_cycles.mean()) == pytest.approx(100 * float(few[1].most_cycles.mean()), rel=0.2)
    assert float(many[1].most_cycles.mean()) == pytest.approx(3.0 * 3652.5 * float(wear.max()), rel=0.05)


def test_a_hotter_life_drifts_more(tasks: Tasks, wear: torch.Tensor) -> None:
    cool, hot = (live(tasks, wear, dataclasses.replace(MONTHLY, celsius=each))[1] for each in (25.0, 150.0))
    assert float(hot.fresh.mean()) < float(cool.fresh.mean())


def test_verifying_all_cells_mends_what_heat_has_moved(tasks: Tasks, wear: torch.Tensor) -> None:
    oven = dataclasses.replace(MONTHLY, celsius=150.0)
    left, mended = (live(tasks, wear, oven, care)[1] for care in HANDOVERS)
    assert float(mended.fresh.mean()) > float(left.fresh.mean())
    assert float(mended.learning_j.mean()) > float(left.learning_j.mean())


def test_energies_of_a_life_and_of_a_day_add_up(tasks: Tasks, wear: torch.Tensor) -> None:
    visits = live(tasks, wear, MONTHLY)
    years = years_table([(MONTHLY, "forget", visits)], torch.full((6,), 100.0), 10.0)
    spent = sum(60 * float((each.learning_j + each.again_j).mean()) for each in visits)
    assert years["chip_mj"][-1] == pytest.approx(1e3 * spent)
    assert years["users"].to_list() == pytest.approx([60, 120])
    assert (years["fresh_percent"] + years["fresh_loss_percent"]).to_list() == pytest.approx([100.0, 100.0])
    day = battery_table([(MONTHLY, "forget", visits)], UsersAssumptions(), SETTINGS).row(0, named=True)
    parts = [value for name, value in day.items() if name.endswith("mj_a_day") and name != "device_mj_a_day"]
    assert day["device_mj_a_day"] == pytest.approx(sum(parts))
    assert len(parts) == 6
