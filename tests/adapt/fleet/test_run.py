import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from ohmshot.adapt.fleet.parts import missing_chunks, parts_folder
from ohmshot.adapt.fleet.run import on_threads, run_fleet
from ohmshot.adapt.fleet.settings import FleetRun, fleet_run
from ohmshot.adapt.fleet.work import FleetWork, Keep, fleet_work
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cli import app
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import SettingsError

LETI = load_parameter_set("leti_hfo2_130nm")
SETTINGS = AdaptationSettings(chips=9, episodes=9, seed=4, shape=EpisodeShape(5, 5, 3))
Fleet = tuple[FleetWork, FleetRun]


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    work = fleet_work(shipped_bundle("four-convolutions"), invented_alphabets(1, 2, 8, 10), LETI, SETTINGS)
    return work, fleet_run(work, "invented", LETI)


@pytest.fixture(scope="module")
def undisturbed(fleet: Fleet) -> pl.DataFrame:
    return fleet[0].rows(range(9))


@pytest.mark.parametrize(("at_once", "workers"), [(1, 2), (7, 1), (7, 2), (64, 2)])
def test_rows_do_not_depend_on_chunks_or_workers(
    fleet: Fleet, undisturbed: pl.DataFrame, tmp_path: Path, at_once: int, workers: int
) -> None:
    told: list[int] = []
    rows = run_fleet(*fleet, tmp_path / "fleet.parquet", on_threads(workers), at_once, told.append)
    assert rows.equals(undisturbed)
    assert pl.read_parquet(tmp_path / "fleet.parquet").equals(undisturbed)
    assert told[-1] == 9
    assert not parts_folder(tmp_path / "fleet.parquet").exists()


def test_a_larger_fleet_begins_with_the_same_chips(undisturbed: pl.DataFrame) -> None:
    larger = dataclasses.replace(SETTINGS, chips=12)
    work = fleet_work(shipped_bundle("four-convolutions"), invented_alphabets(1, 2, 8, 10), LETI, larger)
    assert work.rows(range(4, 12))[:5].equals(undisturbed[4:])


def test_chunks_end_at_every_stride() -> None:
    chunks = list(missing_chunks([range(3, 5)], total=14, at_once=4, stride=6))
    assert chunks == [range(0, 3), range(5, 6), range(6, 10), range(10, 12), range(12, 14)]


def stopping_after(chunks: int):
    def work_out(work: FleetWork, wanted: list[range], keep: Keep) -> None:
        for numbers in wanted[:chunks]:
            keep(numbers, work.rows(numbers))
        raise KeyboardInterrupt

    return work_out


def test_a_stopped_run_goes_on_with_other_chunks(fleet: Fleet, undisturbed: pl.DataFrame, tmp_path: Path) -> None:
    table, told = tmp_path / "fleet.parquet", []
    with pytest.raises(KeyboardInterrupt):
        run_fleet(*fleet, table, stopping_after(1), 4)
    assert not table.exists()
    assert run_fleet(*fleet, table, on_threads(1), 2, told.append).equals(undisturbed)
    assert told == [4, 6, 8, 9]


def test_parts_of_another_run_are_refused(fleet: Fleet, tmp_path: Path) -> None:
    work, run = fleet
    table = tmp_path / "fleet.parquet"
    with pytest.raises(KeyboardInterrupt):
        run_fleet(work, run, table, stopping_after(0))
    other = run.model_copy(update={"seed": 5, "strategy": "iterative-set"})
    with pytest.raises(SettingsError, match="another seed, strategy"):
        run_fleet(work, other, table, on_threads(1))


def test_a_failing_chunk_ends_the_run_and_keeps_the_others(fleet: Fleet, tmp_path: Path) -> None:
    tasks = fleet[0].tasks
    work = dataclasses.replace(fleet[0], tasks=dataclasses.replace(tasks, episodes=tasks.episodes.part(slice(0, 4))))
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the work raises
        run_fleet(work, fleet[1], tmp_path / "fleet.parquet", on_threads(1), 4)
    assert len(list(parts_folder(tmp_path / "fleet.parquet").glob("rows-*"))) == 1


INTERRUPTED = """
import os, pathlib, signal, sys, threading, time

parts = pathlib.Path(sys.argv.pop(1))

def interrupt():
    while not list(parts.glob("rows-*")):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
from ohmshot.cli import main
main()
"""
"""A run that gets Ctrl-C once a part is kept: from within, so that on a busy machine it is not over before."""


def test_control_c_keeps_what_is_done_and_the_same_command_goes_on(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    table, other = tmp_path / "fleet.parquet", tmp_path / "other.parquet"
    command = [
        "fleet",
        "--chips",
        "12",
        "--source",
        "invented",
        "--queries",
        "3",
        "--at-once",
        "1",
        "--workers",
        "1",
        "--table",
    ]
    first = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(parts_folder(table)), *command, str(table)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = first.communicate()
    assert first.returncode == 130
    assert "continues" in output
    assert 0 < len(list(parts_folder(table).glob("rows-*"))) < 12
    for path in (table, other):
        assert CliRunner().invoke(app, [*command, str(path)]).exit_code == 0
    assert pl.read_parquet(table).equals(pl.read_parquet(other))
