import pytest
import torch
from ohmshot.chip.selection import Addresses, half_selected, tiles

from ohmshot.foundation.errors import ChipError


@pytest.mark.parametrize(("chips", "numbers"), [(1, 10), (7, 7_000_000), (1000, 2_048_000), (3, 0)])
def test_tiles_cover_every_chip_once(chips: int, numbers: int) -> None:
    assert [chip for part in tiles(chips, numbers) for chip in range(chips)[part]] == list(range(chips))


def test_selections_hold_every_cell_and_count_it_for_its_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohmshot.chip.selection.NUMBERS_OF_A_TILE", 4)
    cells = torch.tensor([0, 1, 2, 11, 13, 14, 15, 39])
    parts = Addresses(4, 10).select(cells)
    assert len(parts) > 1
    everything = torch.arange(40)
    assert torch.equal(torch.cat([everything[part.cells] for part in parts]), cells)
    assert torch.equal(torch.cat([cells[part.places] for part in parts]), cells)
    counts = torch.zeros(4, dtype=torch.int64)
    for part in parts:
        counts[part.chips] += part.counts
    assert counts.tolist() == [3, 4, 0, 1]


def test_cells_without_gaps_are_a_slice() -> None:
    assert Addresses(2, 10).select(torch.arange(3, 9))[0].cells == slice(3, 9)


@pytest.mark.parametrize("cells", [[3, 3], [4, 2], [-1, 2], [5, 20]])
def test_wrong_addresses_are_refused(cells: list[int]) -> None:
    with pytest.raises(ChipError):
        Addresses(2, 10).select(torch.tensor(cells))


def test_no_cells_are_no_selection() -> None:
    assert Addresses(2, 10).select(torch.zeros(0, dtype=torch.int64)) == []


def test_a_tile_holds_half_a_mebibyte_of_numbers_and_at_least_one_chip() -> None:
    # 131,072 numbers: 64 chips of 2,048 cells; chips of a million cells come one by one.
    assert tiles(100, 100 * 2048) == [slice(0, 64), slice(64, 100)]
    assert tiles(64, 64 * 2048) == [slice(0, 64)]
    assert tiles(2, 2_000_000) == [slice(0, 1), slice(1, 2)]


def test_the_last_and_the_first_cell_of_a_batch_can_be_addressed() -> None:
    parts = Addresses(2, 10).select(torch.tensor([0, 19]))
    assert [part.counts.tolist() for part in parts] == [[1, 1]]


def test_a_cell_is_half_selected_by_the_others_of_its_row_and_its_column() -> None:
    # Two chips of 2 x 3 cells. Of the first, cells 0 and 1 of the upper row get a pulse, of the second the last cell.
    seen = half_selected(torch.tensor([0, 1, 11]), 2, 2, 3).view(2, 2, 3)
    assert seen[0].tolist() == [[1, 1, 2], [1, 1, 0]]
    assert seen[1].tolist() == [[0, 0, 1], [1, 1, 0]]
