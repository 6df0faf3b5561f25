"""Fleets on a Ray cluster: one task a chunk; Ray runs a lost worker's tasks again."""

import contextlib
from collections.abc import Iterator, Sequence
from types import ModuleType

import polars as pl
import torch

from ohmshot.adapt.fleet.run import Workers
from ohmshot.adapt.fleet.work import Keep, Work
from ohmshot.foundation.errors import SettingsError

RETRIES = 10
"""Times that Ray repeats a chunk whose worker or machine was lost."""


@contextlib.contextmanager
def cluster(address: str) -> Iterator[ModuleType]:
    """Join a Ray cluster for this block, or stay in the one that is joined; gives the module.

    Args:
        address: address of the cluster; "auto" for the one that runs on this machine, or else a new one with its cores.

    Raises:
        SettingsError: Ray is not installed, or no cluster answers there.
    """
    ray = _installed()
    if ray.is_initialized():
        yield ray
        return
    try:
        ray.init(address=None if address == "auto" else address, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise SettingsError(f"No Ray cluster answers at {address}: {error}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def on_ray(address: str) -> Workers:
    """Workers of a Ray cluster, each with one core; see `cluster`."""
    _installed()

    def work_out(work: Work, chunks: Sequence[range], keep: Keep) -> None:
        with cluster(address) as ray:
            # The features and episodes travel once to a machine, not once a chunk.
            shared = ray.put(work)
            task = ray.remote(num_cpus=1, max_retries=RETRIES)(_rows)
            waiting = {task.remote(shared, chunk): chunk for chunk in chunks}
            while waiting:
                ready, _ = ray.wait(list(waiting), num_returns=1)
                for each in ready:
                    keep(waiting.pop(each), ray.get(each))

    return work_out


def _installed() -> ModuleType:
    try:
        import ray
    except ImportError as error:
        raise SettingsError('Ray is not installed. Install it with `pip install "ohmshot[fleet]"`.') from error
    module: ModuleType = ray
    return module


def _rows(work: Work, numbers: range) -> pl.DataFrame:
    torch.set_num_threads(1)
    return work.rows(numbers)
