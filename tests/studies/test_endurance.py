import math

import pytest
import torch

from ohmshot.studies.endurance.tables import failed_share, tasks_to_share
from ohmshot.studies.endurance.writes import LearningCurve


def test_the_failed_share_after_one_life_of_equal_cells_is_weibulls() -> None:
    wear = torch.full((100,), 2.0)
    assert failed_share(wear, 500.0, 1000.0, 2.0) == pytest.approx(1 - math.exp(-1))


def test_tasks_to_a_share_inverts_the_failed_share() -> None:
    wear = torch.linspace(0.0, 10.0, 50)
    tasks = tasks_to_share(wear, 1e6, 2.0, 0.01)
    assert failed_share(wear, tasks, 1e6, 2.0) == pytest.approx(0.01)


def test_a_longer_endurance_lengthens_the_life_in_proportion() -> None:
    wear = torch.rand(64, generator=torch.Generator().manual_seed(0))
    assert tasks_to_share(wear, 1e7, 2.0, 0.01) == pytest.approx(10 * tasks_to_share(wear, 1e6, 2.0, 0.01))


def test_the_first_update_that_is_as_good_is_found() -> None:
    accuracy = torch.tensor([[0.2], [0.8], [0.95], [0.9]])
    curve = LearningCurve("", accuracy, *(torch.zeros(4, 1) for _ in range(4)))
    assert curve.first_as_good_as(0.9) == 2
    assert curve.first_as_good_as(0.99) is None
