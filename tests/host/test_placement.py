"""Where weights lie on an array, by hand."""

import dataclasses

import pytest
import torch

from ohmshot.bundle.file import shipped_bundle
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.array import arrays_for
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


@pytest.mark.parametrize(("ways", "arrays"), [(5, 1), (6, 1), (7, 2), (20, 2), (100, 5), (250, 11)])
def test_a_head_takes_as_many_arrays_as_its_pairs_fill(ways: int, arrays: int) -> None:
    # 20 x 38 pairs and 39 for each way, 1,024 pairs an array: 994 at six ways, 1,033 at seven.
    assert arrays_for(shipped_bundle("four-convolutions").for_ways(ways), Circuit()) == arrays


def test_copies_take_pairs_of_their_own() -> None:
    bundle = shipped_bundle("four-convolutions")
    mapping = bundle.header.mapping.model_copy(update={"copies": (1, 2)})
    twice = dataclasses.replace(bundle, header=bundle.header.model_copy(update={"mapping": mapping}))
    assert arrays_for(twice, Circuit()) == 2  # 760 + 2 x 195 pairs
    assert arrays_for(twice, Circuit(rows=64)) == 1


def test_a_block_may_lie_over_the_border_of_two_arrays() -> None:
    # Two arrays of 2 x 4 cells are filled as one of 2 x 8: three columns of weights, the third on the second.
    found = place(((2, 3),), 2, 8)
    assert found.blocks == (Block(layer=0, inputs=(0, 2), outputs=(0, 3), row=0, pair=0),)
    assert found.plus[0].tolist() == [[0, 2, 4], [8, 10, 12]]
