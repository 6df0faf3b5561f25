"""The numbered examples: they run as they stand, say what they promise, and stay short."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMBERED = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))


def _first(left: dict[str, Any]) -> None:
    result = left["result"]
    assert result.accuracy_by_update[:, 0].mean() < 0.4
    assert result.accuracy.mean() > 0.9
    assert result.accuracy_after_bake.shape == (4,)


def _network(left: dict[str, Any]) -> None:
    assert left["software"] > 0.95
    assert left["chips"].shape == (5,)
    assert left["chips"].min() > left["software"] - 0.03


def _features(left: dict[str, Any]) -> None:
    result = left["result"]
    assert result.accuracy.shape == (10,)
    assert abs(result.accuracy.mean() - result.accuracy_nearest_mean.mean()) < 0.05
    assert result.accuracy.mean() > 0.75


def _layer(left: dict[str, Any]) -> None:
    history = left["history"]
    assert history[0][1] < 0.3
    assert history[-1][1] > 0.8
    cells_of_the_layer = 2 * 2 * 64 * 10  # two cells a pair, two pairs a weight
    batches = 6
    assert all(0 < cells < batches * cells_of_the_layer / 4 for _, _, cells, _ in history[1:])


def _strategies(left: dict[str, Any]) -> None:
    rows = {row["strategy"]: row for row in left["rows"]}
    assert rows["single-shot-set"]["pulses"] < rows["closed-loop, wider window"]["pulses"]
    assert rows["closed-loop, wider window"]["pulses"] < rows["closed-loop"]["pulses"]
    assert all(row["right_percent"] > 85 for row in left["rows"])


def _cells(left: dict[str, Any]) -> None:
    cells = left["cells"]
    assert cells.information.name == "lot7"
    assert cells.quantities["read_noise"].status == "measured"
    assert cells.quantities["read_noise"].value == pytest.approx(0.01, rel=0.1)  # of the wafer's cells
    assert left["result"].accuracy.mean() > 0.9


def _repair(left: dict[str, Any]) -> None:
    learned, baked, repaired = left["accuracies"]
    assert baked < learned - 0.2
    assert repaired > learned - 0.03
    assert left["cost"].joules.mean() < left["result"].energy.mean()


def _fleet(left: dict[str, Any]) -> None:
    assert left["table"].height == 60
    assert left["table"]["accuracy_adapted_percent"].n_unique() > 3
    assert 0 < left["run"].result.yields["accuracy_baked_percent"].share <= 1


def _head(left: dict[str, Any]) -> None:
    assert left["learned"].header.provenance.settings["iterations"] == 40
    chance = 1 / 7
    assert all(result.accuracy.mean() > 5 * chance for result in left["results"].values())
    assert left["results"]["learned"].accuracy.mean() > left["results"]["hand-made"].accuracy.mean() - 0.03


def _wire(left: dict[str, Any]) -> None:
    assert left["address"].startswith("tcp://127.0.0.1:")
    assert left["result"].accuracy.mean() > 0.9
    assert left["cost"].pulses[0] > 1000
    assert left["server"].poll() is not None


SHOWN: dict[str, Callable[[dict[str, Any]], None]] = {
    "01_first_adaptation": _first,
    "02_your_network_on_the_chip": _network,
    "03_your_features_and_five_examples": _features,
    "04_train_a_layer_in_the_array": _layer,
    "05_compare_strategies": _strategies,
    "06_your_cells_from_measurements": _cells,
    "07_bake_and_repair": _repair,
    "08_a_fleet_of_different_chips": _fleet,
    "09_meta_train_a_head": _head,
    "10_a_chip_over_the_wire": _wire,
}


def test_every_example_is_known() -> None:
    assert [path.stem for path in NUMBERED] == list(SHOWN)


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_an_example_shows_what_it_promises(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = runpy.run_path(str(path))
    plt.close("all")
    assert capsys.readouterr().out
    SHOWN[path.stem](left)


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_an_example_is_short_and_takes_public_names_only(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) < 60
    assert "\nimport ohmshot as oh\n" in text
    assert not re.search(r"from ohmshot|import ohmshot\.|oh\.\w+\._|\b_\w+\(", text)
