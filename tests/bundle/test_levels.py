import torch

from ohmshot.bundle.levels import nearest

LEVELS = torch.tensor([5.0, 45.0, 117.0])


def test_a_value_goes_to_the_nearest_level_and_from_half_way_to_the_lower() -> None:
    # Half way lie 25 and 81.
    values = torch.tensor([[-3.0, 5.0, 24.9, 25.0, 25.1], [45.0, 80.9, 81.0, 81.1, 200.0]])
    assert nearest(values, LEVELS).tolist() == [[5.0, 5.0, 5.0, 5.0, 45.0], [45.0, 45.0, 45.0, 117.0, 117.0]]


def test_levels_take_the_precision_of_the_values() -> None:
    assert nearest(torch.tensor([44.0], dtype=torch.float64), LEVELS).dtype == torch.float64


def test_one_level_is_every_value() -> None:
    assert nearest(torch.tensor([-1.0, 1.0]), torch.tensor([7.0])).tolist() == [7.0, 7.0]
