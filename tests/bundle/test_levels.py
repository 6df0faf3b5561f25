import torch

from ohmshot.bundle.levels import nearest, on_copies, over_copies

LEVELS = torch.tensor([5.0, 45.0, 117.0])


def test_a_value_goes_to_the_nearest_level_and_from_half_way_to_the_lower() -> None:
    # Half way lie 25 and 81.
    values = torch.tensor([[-3.0, 5.0, 24.9, 25.0, 25.1], [45.0, 80.9, 81.0, 81.1, 200.0]])
    assert nearest(values, LEVELS).tolist() == [[5.0, 5.0, 5.0, 5.0, 45.0], [45.0, 45.0, 45.0, 117.0, 117.0]]


def test_levels_take_the_precision_of_the_values() -> None:
    assert nearest(torch.tensor([44.0], dtype=torch.float64), LEVELS).dtype == torch.float64


def test_one_level_is_every_value() -> None:
    assert nearest(torch.tensor([-1.0, 1.0]), torch.tensor([7.0])).tolist() == [7.0, 7.0]


def test_later_copies_undo_the_rounding_of_earlier_ones() -> None:
    levels = torch.tensor([0.0, 0.4, 1.0])

    def rounded(values: torch.Tensor) -> torch.Tensor:
        return nearest(values.abs(), levels) * values.sign()

    meant = on_copies(torch.tensor([[1.2, -0.5]]), 3, rounded)
    # 1.2 / 3 = 0.4 stays 0.4 three times; -0.5 / 3 becomes 0, then -0.25 becomes -0.4, and -0.1 is left.
    torch.testing.assert_close(meant, torch.tensor([[0.4, -0.5 / 3, 0.4, -0.25, 0.4, -0.1]]))
    torch.testing.assert_close(over_copies(rounded(meant), 3), torch.tensor([[1.2, -0.4]]))
    assert torch.equal(on_copies(torch.tensor([0.3]), 1, rounded), torch.tensor([0.3]))
