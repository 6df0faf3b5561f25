import threading

import pytest
import torch

from ohmshot.foundation.chunks import in_chunks, shared_out


@pytest.mark.parametrize(("at_once", "workers"), [(1, 1), (7, 1), (64, 1), (3, 2), (64, 2)])
def test_every_number_is_done_once_and_in_order(at_once: int, workers: int) -> None:
    told: list[int] = []
    chunks = in_chunks(list, 20, at_once, workers, told.append)
    assert [number for chunk in chunks for number in chunk] == list(range(20))
    assert max(len(chunk) for chunk in chunks) <= at_once
    assert told == sorted(told)
    assert told[-1] == 20


@pytest.mark.parametrize(
    ("total", "at_once", "workers", "fewest", "size"),
    [
        (10_000, 1000, 2, 16, 1000),
        (2_500, 1000, 2, 16, 625),  # two rounds of two, not 1000, 1000 and 500
        (100, 1000, 2, 16, 50),
        (32, 1000, 2, 16, 16),
        (31, 1000, 2, 16, 31),
        (10, 1000, 2, 16, 10),
        (10, 1000, 2, 1, 5),
        (10, 1, 2, 16, 1),
        (1, 1000, 2, 16, 1),
        (0, 1000, 2, 16, 1),
    ],
)
def test_chunks_keep_all_workers_busy_to_the_end(
    total: int, at_once: int, workers: int, fewest: int, size: int
) -> None:
    assert shared_out(total, at_once, workers, fewest) == size


def test_two_workers_share_the_work_even_where_one_chunk_would_do() -> None:
    both = threading.Barrier(2, timeout=20)
    in_chunks(lambda numbers: both.wait(), 20, 64, 2)


def test_an_error_in_a_chunk_is_raised_and_the_threads_are_as_before() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError):
        in_chunks(lambda numbers: 1 // 0, 20, 5, 2)
    assert torch.get_num_threads() == before
