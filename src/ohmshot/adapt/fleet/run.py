"""Run a fleet: what is not there yet, chunk by chunk, wherever the workers are."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import torch

from ohmshot.adapt.fleet.parts import finished_rows, merge_parts, missing_chunks, open_parts, parts_folder, write_part
from ohmshot.adapt.fleet.work import Keep, Work
from ohmshot.adapt.source import ADAPTATIONS_AT_ONCE
from ohmshot.foundation.chunks import usable_cores
from ohmshot.foundation.records import Record

Workers = Callable[[Work, Sequence[range], Keep], None]
"""Works out the rows of all chunks, in any order and anywhere, and hands each to ``Keep`` as it is ready."""


def run_fleet(
    work: Work,
    run: Record,
    table: Path,
    workers: Workers,
    at_once: int = ADAPTATIONS_AT_ONCE,
    progress: Callable[[int], None] = lambda done: None,
) -> pl.DataFrame:
    """Work out all rows, such as one a chip of a fleet, and write them to a Parquet file.

    Finished chunks lie in the folder ``TABLE.parts`` until all are there. A run that was stopped goes on from them.

    Args:
        work: gives the rows.
        run: its description, by which an unfinished run is known again.
        table: the Parquet file.
        workers: threads or machines that work the rows out: `on_threads`, or `ohmshot.adapt.fleet.over_ray.on_ray`.
        at_once: most rows of one chunk; bounds the memory of a worker. No row depends on it or on the workers.
        progress: called with the number of rows done, those of an earlier run included.

    Raises:
        SettingsError: the folder of parts holds another run.
    """
    folder = parts_folder(table)
    open_parts(folder, run)
    finished = finished_rows(folder)
    done, counting = sum(len(each) for each in finished), threading.Lock()
    progress(done)

    def keep(numbers: range, rows: pl.DataFrame) -> None:
        nonlocal done
        write_part(folder, numbers, rows)
        with counting:
            done += len(numbers)
            progress(done)

    workers(work, list(missing_chunks(finished, work.total, at_once, work.stride)), keep)
    return merge_parts(folder, table)


def on_threads(count: int | None = None) -> Workers:
    """Workers of this machine, ``count`` threads, by default one a core.

    Where the work is interrupted, chunks under way are finished and kept; the others are not begun.
    """

    def work_out(work: Work, chunks: Sequence[range], keep: Keep) -> None:
        threads = torch.get_num_threads()
        pool = ThreadPoolExecutor(count or usable_cores(), initializer=torch.set_num_threads, initargs=(1,))
        try:
            for each in [pool.submit(lambda numbers: keep(numbers, work.rows(numbers)), chunk) for chunk in chunks]:
                each.result()
        finally:
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(threads)

    return work_out
