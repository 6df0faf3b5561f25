import os
import signal
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl
import pytest

from ohmshot.adapt.fleet.over_ray import on_ray
from ohmshot.adapt.fleet.run import run_fleet
from ohmshot.adapt.fleet.settings import fleet_run
from ohmshot.adapt.fleet.work import FleetWork, fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.invented import invented_alphabets

ray = pytest.importorskip("ray")


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_changes_no_row(tmp_path: Path) -> None:
    died = tmp_path / "died"

    # Defined here, so that it travels to the workers with the task: they cannot import this file.
    @dataclass(frozen=True)
    class KilledOnce(FleetWork):
        def rows(self, numbers: range) -> pl.DataFrame:
            rows = FleetWork.rows(self, numbers)
            if numbers.start == 4 and not died.exists():
                died.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return rows

    parameters = load_parameter_set("leti_hfo2_130nm")
    settings = AdaptationSettings(chips=10, episodes=10, seed=4, shape=EpisodeShape(5, 5, 3))
    work = fleet_work(shipped_bundle("four-convolutions"), invented_alphabets(1, 2, 8, 10), parameters, settings)
    killed = KilledOnce(**{each.name: getattr(work, each.name) for each in fields(work)})
    run = fleet_run(work, "invented", parameters)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        rows = run_fleet(killed, run, tmp_path / "fleet.parquet", on_ray("auto"), 2)
    finally:
        ray.shutdown()
    assert died.exists()
    assert rows.equals(work.rows(range(10)))
