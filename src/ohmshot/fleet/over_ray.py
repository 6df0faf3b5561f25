"""The same work on a Ray cluster: one task a chunk; Ray runs a lost worker's tasks again."""

from collections.abc import Sequence

import polars as pl
import torch

from ohmshot.fleet.run import Workers
from ohmshot.fleet.work import Keep, Work
from ohmshot.foundation.errors import SettingsError

RETRIES = 10
"""How often Ray begins a chunk again whose worker or machine was lost."""


def on_ray(address: str) -> Workers:
    """Workers of a Ray cluster, each with one core.

    Args:
        address: of the cluster; "auto" for the one that runs on this machine, or else a new one with its cores.

    Raises:
        SettingsError: Ray is not installed, or no cluster answers there.
    """
    try:
        import ray
    except ImportError as error:
        raise SettingsError('Ray is not installed. Install it with `pip install "ohmshot[fleet]"`.') from error

    def work_out(work: Work, chunks: Sequence[range], keep: Keep) -> None:
        joined_before = ray.is_initialized()
        if not joined_before:
            try:
                ray.init(address=None if address == "auto" else address, log_to_driver=False)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise SettingsError(f"No Ray cluster answers at {address}: {error}") from error
        try:
            # The features and episodes travel once to a machine, not once a chunk.
            shared = ray.put(work)
            task = ray.remote(num_cpus=1, max_retries=RETRIES)(_rows)
            waiting = {task.remote(shared, chunk): chunk for chunk in chunks}
            while waiting:
                ready, _ = ray.wait(list(waiting), num_returns=1)
                for each in ready:
                    keep(waiting.pop(each), ray.get(each))
        finally:
            if not joined_before:
                ray.shutdown()

    return work_out


def _rows(work: Work, numbers: range) -> pl.DataFrame:
    torch.set_num_threads(1)
    return work.rows(numbers)
