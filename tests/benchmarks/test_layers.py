"""The layers' benchmark at a small size: every way does the work it says it does. Times are not looked at."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from layer_work import Task, left, off

ROOT = Path(__file__).parents[2]
NOBODY = str(ROOT / "no-such-interpreter")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, list[dict]]]:
    figures = tmp_path_factory.mktemp("layers") / "figures.json"
    size = ["--shapes", "40x8", "--batches", "30", "--steps", "3", "--repeats", "1", "--json", str(figures)]
    absent = ["--aihwkit-python", NOBODY, "--crosssim-python", NOBODY]
    command = [sys.executable, str(ROOT / "benchmarks" / "layers.py"), *size, *absent]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert printed.returncode == 0, printed.stderr
    return printed.stdout, json.loads(figures.read_text())


def found_in(run, case: str) -> dict[str, dict[str, float]]:
    """What came out of one case, by way."""
    return {figure["way"]: figure["found"] for figure in run[1]["ohmshot"] if figure["case"].startswith(case)}


def test_peers_that_are_not_installed_are_left_out_by_name(run) -> None:
    printed, figures = run
    assert set(figures) == {"ohmshot"}
    for peer in ("aihwkit", "CrossSim"):
        assert f"- {peer}: not installed" in printed


def test_every_figure_says_what_was_simulated_and_what_came_out(run) -> None:
    printed, figures = run
    assert len(figures["ohmshot"]) == 4  # forward and training step, on one array and on several
    for figure in figures["ohmshot"]:
        assert figure["simulated"] in printed
        assert figure["found"]
        assert figure["processor_ms"] > 0


def test_a_forward_pass_is_near_the_product_with_what_the_cells_hold(run) -> None:
    for found in found_in(run, "forward").values():
        assert 0.1 < found["% rms off the product of what was written"] < 25


def test_training_writes_some_of_the_cells_and_makes_the_loss_smaller(run) -> None:
    for found in found_in(run, "training step").values():
        assert 0 < found["cells written a step"] < 2 * 40 * 8
        assert found["pulses a cell"] > 1
        assert found["% of the loss left"] < 100


def test_aims_without_a_peer_are_not_judged(run) -> None:
    rows = [line for line in run[0].splitlines() if "not measured" in line]
    assert len(rows) == 4
    assert not any("met" in row or "missed" in row for row in rows)


def test_every_side_draws_the_same_task() -> None:
    one, other = Task.drawn(5, 3, 7), Task.drawn(5, 3, 7)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.wanted, other.wanted)
    assert one.case("forward") == "forward, 5 x 3, batch 7"


def test_errors_are_shares_of_what_is_compared() -> None:
    assert off(np.array([3.0, 4.0]), np.array([0.0, 5.0])) == pytest.approx(100 * np.sqrt(10 / 25))
    task = Task(np.zeros((1, 1), np.float32), np.ones((2, 1), np.float32), np.full((2, 1), 2.0, np.float32))
    assert left(np.ones((2, 1)), task) == pytest.approx(25)
