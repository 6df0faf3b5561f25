"""Streams of random numbers: what a chip draws depends on its name and on what it has drawn, not on its neighbours."""

import pytest
import torch
from ohmshot.chip.streams import NoiseStreams

NAMES = [("chip", 0), ("chip", 1), ("chip", 2)]


def streams(names: list[tuple[str | int, ...]], block: int = 12) -> NoiseStreams:
    return NoiseStreams(7, names, block)


def test_a_chip_draws_the_same_numbers_alone_and_among_others() -> None:
    together, alone = streams(NAMES), streams([NAMES[1]])
    for count in (2, 1, 3):  # nine of twelve numbers, then a new stock
        among = together.draw(torch.tensor([1, count, 0]), 2)
        assert torch.equal(among[:, 1 : 1 + count], alone.draw(torch.tensor([count]), 2))
    assert torch.equal(together.draw_all(5)[1], alone.draw_all(5)[0])


def test_cells_take_their_numbers_one_after_another_from_the_stock() -> None:
    one, other = streams([NAMES[0]]), streams([NAMES[0]])
    stock = one.draw(torch.tensor([12]), 1)[0]
    assert torch.equal(other.draw(torch.tensor([2]), 3), stock[:6].view(2, 3).T)
    assert torch.equal(other.draw(torch.tensor([6]), 1)[0], stock[6:])


def test_a_stock_that_is_too_short_is_dropped_and_a_whole_one_is_used_up() -> None:
    one, other = streams([NAMES[0]]), streams([NAMES[0]])
    first = one.draw(torch.tensor([12]), 1)[0]
    second = one.draw(torch.tensor([12]), 1)[0]
    assert not torch.equal(first, second)
    assert torch.equal(other.draw(torch.tensor([7]), 1)[0], first[:7])
    assert torch.equal(other.draw(torch.tensor([6]), 1)[0], second[:6])  # five were left


def test_some_chips_of_a_batch_draw_and_the_others_do_not() -> None:
    some, all_ = streams(NAMES), streams(NAMES)
    drawn = some.draw(torch.tensor([2, 1]), 1, slice(1, 3))
    again = all_.draw(torch.tensor([3, 2, 1]), 1)
    assert torch.equal(drawn, again[:, 3:])
    assert torch.equal(some.draw(torch.tensor([3, 0, 0]), 1), again[:, :3])


def test_other_names_and_other_seeds_are_other_streams() -> None:
    counts = torch.tensor([12])
    drawn = [
        NoiseStreams(seed, [name], 12).draw(counts, 1)[0]
        for seed, name in ((7, ("chip", 0)), (8, ("chip", 0)), (7, ("chip", 1)), (7, ("chip", 0, "life", 0)))
    ]
    assert len({tuple(numbers.tolist()) for numbers in drawn}) == 4


def test_numbers_are_standard_normal() -> None:
    numbers = torch.cat(
        [streams([NAMES[0]], 50_000).draw(torch.tensor([50_000]), 1)[0], streams(NAMES).draw_all(9_999)[2]]
    )
    assert float(numbers.mean()) == pytest.approx(0.0, abs=0.02)
    assert float(numbers.std()) == pytest.approx(1.0, abs=0.02)


def test_one_draw_takes_no_more_than_a_stock() -> None:
    assert streams(NAMES).draw(torch.tensor([6, 6, 6]), 2).shape == (2, 18)
    with pytest.raises(ValueError, match="at most 12"):
        streams(NAMES).draw(torch.tensor([6, 7, 6]), 2)
