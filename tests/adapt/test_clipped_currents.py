"""Column currents beyond the range of the converters, counted one by one."""

import numpy as np
import pytest
import torch

from ohmshot.adapt.clipped_currents import currents_beyond
from ohmshot.foundation.randomness import generator

BLOCKS = np.array([[0, 6, 2, 4, 0, 5], [6, 3, 0, 16, 0, 2]])


@pytest.mark.parametrize("range_ua", [2.0, 6.0, 20.0, 1e6])
def test_as_many_are_counted_as_the_products_have(range_ua: float) -> None:
    random = generator(1, "currents")
    voltages = 0.4 * torch.rand(3, 7, 9, generator=random) - 0.2
    cells = 100 * torch.rand(3, 8, 20, generator=random)
    upper = voltages[..., :6] @ cells[:, 2:8, 4:14]
    lower = voltages[..., 6:] @ cells[:, :3, 16:]
    wanted = sum((currents.abs() > range_ua).sum((1, 2)) for currents in (upper, lower))
    assert currents_beyond(voltages, cells, BLOCKS, range_ua).tolist() == wanted.tolist()


def test_a_current_at_the_end_of_the_range_is_inside() -> None:
    cells = torch.tensor([[[50.0, 51.0]]])
    block = np.array([[0, 1, 0, 0, 0, 1]])
    assert currents_beyond(torch.tensor([[[0.5]]]), cells, block, 25.0).tolist() == [1]
