"""What a layer clips, counted one by one."""

import math

import numpy as np
import pytest
import torch

from ohmshot.adapt.clipped import clipped_by_layer
from ohmshot.foundation.randomness import generator

BLOCKS = np.array([[0, 6, 2, 4, 0, 5], [6, 3, 0, 16, 0, 2]])


@pytest.mark.parametrize("range_ua", [2.0, 6.0, 20.0, 1e6])
def test_as_many_are_counted_as_the_products_have(range_ua: float) -> None:
    random = generator(1, "currents")
    inputs = torch.randn(3, 7, 8, generator=random)
    voltages = 0.4 * torch.rand(3, 7, 9, generator=random) - 0.2
    cells = 100 * torch.rand(3, 8, 20, generator=random)
    upper = voltages[..., :6] @ cells[:, 2:8, 4:14]
    lower = voltages[..., 6:] @ cells[:, :3, 16:]
    wanted = sum((currents.abs() > range_ua).sum((1, 2)) for currents in (upper, lower))
    beyond_scale, beyond_range = clipped_by_layer(inputs, 1.5, voltages, cells, BLOCKS, range_ua)
    assert beyond_scale.tolist() == (inputs.abs() > 1.5).sum((1, 2)).tolist()
    assert beyond_range.tolist() == wanted.tolist()


@pytest.mark.parametrize(("range_ua", "beyond"), [(25.0, 1), (25.5, 0), (math.inf, 0)])
def test_what_is_at_the_end_of_the_range_is_inside(range_ua: float, beyond: int) -> None:
    inputs, volts = torch.tensor([[[2.0]]]), torch.tensor([[[0.5]]])
    cells, block = torch.tensor([[[50.0, 51.0]]]), np.array([[0, 1, 0, 0, 0, 1]])
    found = clipped_by_layer(inputs, 2.0, volts, cells, block, range_ua)
    assert [each.tolist() for each in found] == [[0], [beyond]]
