import threading

import pytest
import torch

from ohmshot.foundation.chunks import in_chunks


@pytest.mark.parametrize(("at_once", "workers"), [(1, 1), (7, 1), (64, 1), (3, 2), (64, 2)])
def test_every_number_is_done_once_and_in_order(at_once: int, workers: int) -> None:
    told: list[int] = []
    chunks = in_chunks(list, 20, at_once, workers, told.append)
    assert [number for chunk in chunks for number in chunk] == list(range(20))
    assert max(len(chunk) for chunk in chunks) <= at_once
    assert told == sorted(told)
    assert told[-1] == 20


def test_two_workers_share_the_work_even_where_one_chunk_would_do() -> None:
    both = threading.Barrier(2, timeout=20)
    in_chunks(lambda numbers: both.wait(), 20, 64, 2)


def test_an_error_in_a_chunk_is_raised_and_the_threads_are_as_before() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError):
        in_chunks(lambda numbers: 1 // 0, 20, 5, 2)
    assert torch.get_num_threads() == before
