"""The peers' benchmark at a small size: every side does the work it says it does. Times are not looked at."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = str(ROOT / "no-such-interpreter")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, list[dict[str, object]]]]:
    figures = tmp_path_factory.mktemp("peers") / "figures.json"
    size = ["--chips", "2", "--multiplies", "2", "--repeats", "1", "--processes", "2", "--json", str(figures)]
    absent = ["--aihwkit-python", NOBODY, "--crosssim-python", NOBODY]
    command = [sys.executable, str(ROOT / "benchmarks" / "peers.py"), *size, *absent]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert printed.returncode == 0, printed.stderr
    return printed.stdout, json.loads(figures.read_text())


def test_peers_that_are_not_installed_are_left_out_by_name(run) -> None:
    printed, figures = run
    assert set(figures) == {"ohmshot", "NumPy, cell by cell"}
    for peer in ("aihwkit", "CrossSim"):
        assert f"- {peer}: not installed" in printed


def test_every_figure_says_what_was_simulated_and_what_came_out(run) -> None:
    printed, figures = run
    for figure in (figure for side in figures.values() for figure in side):
        assert figure["simulated"] in printed
        assert figure["found"]
        assert figure["processor_ms"] > 0


def test_the_program_that_goes_cell_by_cell_writes_as_many_pulses_and_ends_as_near(run) -> None:
    _, figures = run
    ours, theirs = (
        next(figure["found"] for figure in figures[side] if figure["case"] == "program") for side in figures
    )
    assert ours["pulses a cell"] == pytest.approx(theirs["pulses a cell"], rel=0.05)
    assert ours["uS rms off at the levels"] == pytest.approx(theirs["uS rms off at the levels"], rel=0.15)


def test_both_learn_the_task_by_writing_as_many_cells(run) -> None:
    _, figures = run
    for side in figures.values():
        found = next(figure["found"] for figure in side if figure["case"] == "updates")
        assert found["% of the support right"] > 80
        assert 200 < found["cells written"] < 450


def test_every_aim_stands_in_the_output_with_its_verdict(run) -> None:
    printed, _ = run
    aims = [line for line in printed.splitlines() if line.startswith(("| (a)", "| (b)", "| (c)", "| (d)"))]
    assert len(aims) == 6
    assert all("met" in aim or "missed" in aim for aim in aims)
