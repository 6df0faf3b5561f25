"""Where weights lie on an array, by hand."""

import pytest
import torch

from ohmshot.foundation.errors import SettingsError
from ohmshot.host.placement import Block, partner, place


def test_a_head_that_fits_lies_in_the_corner_and_the_second_layer_beside_it() -> None:
    # Four rows of three pairs; layers of 2 x 2 and 3 x 1 weights. Of two holes alike the upper one is taken.
    found = place(((2, 2), (3, 1)), 4, 6)
    assert found.blocks == (
        Block(layer=0, inputs=(0, 2), outputs=(0, 2), row=0, pair=0),
        Block(layer=1, inputs=(0, 2), outputs=(0, 1), row=0, pair=2),
        Block(layer=1, inputs=(2, 1), outputs=(0, 1), row=2, pair=0),
    )
    assert found.plus[0].tolist() == [[0, 2], [6, 8]]
    assert found.plus[1].tolist() == [[4], [10], [12]]
    assert [cells.tolist() for cells in found.minus] == [(cells + 1).tolist() for cells in found.plus]


def test_a_layer_with_more_inputs_than_rows_is_cut() -> None:
    found = place(((5, 1), (1, 1)), 3, 4)
    assert found.blocks == (
        Block(layer=0, inputs=(0, 3), outputs=(0, 1), row=0, pair=0),
        Block(layer=0, inputs=(3, 2), outputs=(0, 1), row=0, pair=1),
        Block(layer=1, inputs=(0, 1), outputs=(0, 1), row=2, pair=1),
    )
    assert found.plus[0].flatten().tolist() == [0, 4, 8, 2, 6]
    assert found.plus[1].flatten().tolist() == [10]


def test_a_head_may_fill_an_array_to_its_last_pair_but_not_beyond() -> None:
    found = place(((3, 5), (1, 1)), 4, 8)
    assert len(torch.cat([cells.flatten() for cells in (*found.plus, *found.minus)]).unique()) == 32
    with pytest.raises(SettingsError, match="needs 17 pairs of cells; the array has 16"):
        place(((3, 5), (2, 1)), 4, 8)


def test_partners_lie_on_an_even_bit_line_and_the_next() -> None:
    assert partner(torch.tensor([0, 1, 6, 7])).tolist() == [1, 0, 7, 6]
