import pytest
import torch

from ohmshot.chip.addresses import edges_of
from ohmshot.foundation.errors import ChipError


def test_the_cells_of_each_chip_stand_between_its_edges() -> None:
    addresses, edges = edges_of(torch.tensor([0, 1, 2, 11, 13, 14, 15, 39]), 4, 10)
    assert addresses.tolist() == [0, 1, 2, 11, 13, 14, 15, 39]
    assert edges.tolist() == [0, 3, 7, 7, 8]


@pytest.mark.parametrize("cells", [[3, 3], [4, 2], [-1, 2], [5, 20]])
def test_wrong_addresses_are_refused(cells: list[int]) -> None:
    with pytest.raises(ChipError):
        edges_of(torch.tensor(cells), 2, 10)


def test_no_cells_and_the_first_and_the_last_of_a_batch_can_be_addressed() -> None:
    assert edges_of(torch.zeros(0, dtype=torch.int64), 2, 10)[1].tolist() == [0, 0, 0]
    assert edges_of(torch.tensor([0, 19]), 2, 10)[1].tolist() == [0, 1, 2]
