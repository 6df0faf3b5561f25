"""Long runs in chunks: the memory stays bounded, every core works, and nothing in the result depends on either."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Result = TypeVar("Result")


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ranges(total: int, at_once: int) -> list[range]:
    """Divide the numbers 0 to ``total`` - 1 into ranges of at most so many."""
    return [range(first, min(total, first + at_once)) for first in range(0, total, at_once)]


def shared_out(total: int, at_once: int, workers: int, fewest: int = 1) -> int:
    """Return the size of chunks that keep all workers busy to the end, about as long each.

    Args:
        total: how many numbers.
        at_once: largest chunk.
        workers: how many work side by side.
        fewest: a worker more is not worth its while for fewer.
    """
    busy = max(1, min(workers, total // max(1, min(fewest, at_once))))
    rounds = -(-total // (busy * max(1, at_once)))
    return max(1, -(-total // max(1, busy * rounds)))


def in_chunks(
    work: Callable[[range], Result],
    total: int,
    at_once: int,
    workers: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Result]:
    """Do a work for the numbers 0 to ``total`` - 1, a chunk at a time, on several cores.

    Workers are threads: the tensor operations leave Python's lock, and a thread starts at once, where a process
    would first load PyTorch again for seconds.

    Args:
        work: takes the numbers of a chunk; its result must depend on them alone.
        total: how many numbers.
        at_once: largest chunk; bounds the memory of each worker.
        workers: threads.
        progress: called with the number done, in order.

    Returns:
        The results in the order of the numbers.
    """
    chunks = ranges(total, shared_out(total, at_once, workers))
    if workers == 1 or len(chunks) == 1:
        return [_told(work(numbers), numbers, progress) for numbers in chunks]
    threads = torch.get_num_threads()
    # Each worker fills one core: threads of PyTorch's own would only get into each other's way.
    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    try:
        done = pool.map(work, chunks)
        return [_told(result, numbers, progress) for result, numbers in zip(done, chunks, strict=True)]
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)


def _told(result: Result, numbers: range, progress: Callable[[int], None]) -> Result:
    progress(numbers.stop)
    return result
