"""Which cells a write moves, by hand: two chips of four cells, in pairs (0, 1) and (2, 3)."""

import pytest
import torch

from ohmshot.host.moves import moves
from ohmshot.host.strategies import hybrid, pair_corrected

BEFORE = torch.tensor([[5.0, 45.0, 5.0, 5.0], [117.0, 5.0, 60.0, 5.0]])
WANTED = torch.tensor([[5.0, 60.0, 5.0, 5.0], [45.0, 5.0, 62.0, 5.0]])


@pytest.mark.parametrize(
    ("threshold", "changed", "cells", "kept"),
    [(0.0, [1, 2], [1, 4, 6], 62.0), (2.0, [1, 1], [1, 4], 60.0), (100.0, [0, 0], [], 60.0)],
)
def test_cells_move_whose_target_goes_further_than_the_threshold(
    threshold: float, changed: list[int], cells: list[int], kept: float
) -> None:
    found = moves(BEFORE, WANTED, threshold, hybrid.STRATEGY)
    assert found.changed.tolist() == changed
    assert found.cells.tolist() == cells
    assert found.targets[1, 2] == kept


def test_partners_are_written_where_a_strategy_needs_them_and_count_as_unchanged() -> None:
    found = moves(BEFORE, WANTED, 0.0, pair_corrected.STRATEGY)
    assert found.cells.tolist() == [0, 1, 4, 5, 6, 7]
    assert found.changed.tolist() == [1, 2]
    assert torch.equal(found.targets, WANTED)


def test_a_target_that_is_no_number_moves_nothing() -> None:
    found = moves(BEFORE, torch.full_like(BEFORE, torch.nan), 0.0, hybrid.STRATEGY)
    assert torch.equal(found.targets, BEFORE)
    assert found.cells.shape == (0,)
