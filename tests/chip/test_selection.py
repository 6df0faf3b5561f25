import pytest
import torch

from ohmshot.chip.selection import Addresses, tiles
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
