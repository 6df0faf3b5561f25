"""Every figure of every study, drawn from stored results: labels, units, and how many series."""

from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmshot.study.registry import STUDIES, figures_of
from ohmshot.study.study_result import StudyResult, read_study_result

RESULTS = Path(__file__).parents[2] / "docs" / "studies"
ACCURACY, ENERGY, PROBABILITY = "accuracy (%)", "energy a cell (pJ)", "cumulative probability (%)"

Panel = tuple[str, str, int]
"""Label of the x axis, label of the y axis, series: curves, or where there are whiskers or bars the sets of these."""
PANELS: dict[str, list[Panel]] = {
    "strategies-map": [
        ("spread of ln G at RESET onset", "relaxation (1 = as it is)", 2),
        *[("spread of ln G at RESET onset", "", 2)] * 2,
        ("", "hybrid over best other (%)", 0),
    ],
    "strategies-crossover": [("level (µS)", "rms error after 1 h (µS)", 3), *[("level (µS)", "", 3)] * 2],
    "strategies-distributions": [
        ("", f"right after\n{PROBABILITY}", 18),
        *[("", "", 18)] * 3,
        ("", f"after the bake\n{PROBABILITY}", 18),
        *[("", "", 18)] * 3,
    ],
    "strategies-convergence": [
        ("attempts", "rms error of a level (µS)", 5),
        ("attempts", "cells outside their window (%)", 4),
    ],
    "strategies-front": [(ENERGY, "rms weight error (µS)", 8), (ENERGY, "", 8), (ENERGY, "", 8)],
    "strategies-accuracy": [("energy of five updates (µJ)", ACCURACY, 14)],
    "strategies-assumptions": [
        ("energy\n(hybrid = 1)", "", 3),
        ("cycles\n(hybrid = 1)", "", 3),
        ("weight error after the bake\n(hybrid = 1)", "", 3),
    ],
    "levels-accuracy": [
        ("equal levels a cell", ACCURACY, 2),
        ("", ACCURACY, 2),
        ("", ACCURACY, 2),
        ("write threshold (µS)", ACCURACY, 2),
        ("", "cells written (dotted)", 1),
    ],
    "levels-places": [
        ("target (µS)", "spread after 1 h (µS)", 4),
        ("levels a cell", "usable bits a cell", 7),
    ],
    "retention-technologies": [("accuracy (%)", "", 3), ("energy of five updates (µJ)", "", 1)],
    "retention-accuracy": [
        ("bake time (h)", "wrong answers (%)", 7),
        ("equivalent time at 75 °C (years)", "", 8),
    ],
    "retention-levels": [
        ("bake time at 25 °C (h)", "standard deviation (µS)", 9),
        ("bake time at 150 °C (h)", "", 9),
    ],
    "retention-lifetime": [
        ("1 / kT (1/eV)", "time equal to 12 h at 150 °C (years)", 5),
        ("use temperature (°C)", "time to 90 % accuracy (years)", 5),
    ],
    "retention-repair": [
        ("bake at 150 °C to 90 % accuracy (h)", "", 2),
        ("bake at 150 °C before the repair (h)", ACCURACY, 7),
    ],
    "endurance-writes": [("update", ACCURACY, 2), ("cell writes so far", "", 2), ("cell writes", "", 4)],
    "endurance-faults": [
        ("cells stuck from the start (%)", "accuracy after five updates (%)", 4),
        ("tasks learned before", "", 4),
        ("endurance of a cell (cycles)", "tasks until failure", 3),
    ],
    "energy-scopes": [("energy of five updates (µJ)", "", 1)],
    "energy-split": [("energy (nJ)", "", 6)] * 3,
    "energy-sensitivity": [
        ("energy of five updates (µJ)", "", 13),
        ("accuracy after five updates (%)", "", 13),
    ],
    "energy-standby": [("area (mm²)", "", 1), ("leakage, powered and idle (nW)", "", 1)],
    "validation-raw": [
        ("gate voltage (V)", "median (µS)", 3),
        ("source voltage (V)", "median (µS)", 1),
        ("target (µS)", "share of ramps that come near", 1),
        ("before the bake (µS)", "change in the bake (µS)", 8),
    ],
    "endurance-rungs": [
        ("examples a class", "cell writes until then", 10),
        ("examples a class", "", 10),
        ("examples a class", "", 10),
    ],
    "validation-ratios": [("", "ours / published", 13)],
    "hardware-aware-conditions": [("after five updates", ACCURACY, 4), ("after 12 h at 150 °C", "", 4)],
    "hardware-aware-tasks": [("after five updates", ACCURACY, 4), ("after 12 h at 150 °C", "", 4)],
    "hardware-aware-writes": [
        ("cells written in five updates", ACCURACY, 5),
        ("energy of five updates (µJ)", "", 5),
    ],
    "fleet-distribution": [
        (ACCURACY, "chips that reach it (%)", 5),
        ("lost in the bake (points)", "chips that lose at most that (%)", 2),
        ("energy of five updates (nJ)", "chips that take at most that (%)", 2),
    ],
    "fleet-yield": [
        ("", "chips that reach 97 % (%)", 4),
        ("", "", 4),
        ("", "", 4),
        ("spread (times the stated)", "chips that lose at most 1 pt (%)", 4),
        ("spread (times the stated)", "", 4),
        ("stuck cells (%)", "", 4),
    ],
    "fleet-health": [("rank correlation", "", 3), ("rank correlation", "", 3)],
    "fleet-wafers": [
        ("", "", 1),
        ("", "", 1),
        ("wafers, by strategy", "accuracy gained (points)", 6),
        ("SET meant for the lowest level (µS)", "", 0),
        ("energy of five updates (nJ)", "", 0),
    ],
    "users-years": [
        ("", "lost to the hardware (points)", 5),
        ("", "", 5),
        ("years of use", "cycles of the most worn cell", 5),
        ("years of use", "", 5),
    ],
    "users-battery": [("energy (mJ a day)", "", 7), ("life of a coin cell (years)", "", 1)],
    "cloud-acts": [("energy (mJ)", "", 6), ("energy (mJ)", "", 6)],
    "cloud-uses": [
        ("pictures a day", "energy of the device (mJ a day)", 4),
        ("pictures a day", "life of a coin cell (years)", 4),
    ],
    "cloud-processor": [("processor (pJ a MAC)", "one classification (mJ)", 5)],
    "faults": [("accuracy after five updates (%)", "", 4)],
    "controller-words": [
        (f"bits: {word}", "" if number else "points above the computer", 3)
        for number, word in enumerate(["weight", "error", "drive", "probability", "exponent", "entry", "rate", "scale"])
    ],
    "controller-cycles": [("cycles", "", 1), ("area (mm²)", "", 2), ("energy (nJ)", "", 2)],
    "controller-blocks": [("", "", 0)],
    "many-ways": [("classes", "accuracy (%)", 4), ("classes", "accuracy (%)", 4)],
    "incremental": [
        ("classes so far", "accuracy about all classes so far (%)", 5),
        ("classes so far", "accuracy about the first classes (%)", 3),
        ("classes so far", "energy of learning (µJ)", 3),
    ],
    "regression-waves": [("x", "y", 5), ("x", "", 5), ("x", "", 5), ("x", "", 5)],
    "regression-errors": [
        ("updates", "mean squared error", 5),
        ("updates", "", 5),
        ("updates", "", 5),
        ("updates", "end-point error (cm)", 3),
    ],
}


def stored(study: str) -> StudyResult:
    return read_study_result(RESULTS / f"{study}.json")


def drawn(axis: Axes) -> int:
    return len(axis.containers) or len(axis.lines)


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return {each.name: each.figure for study in STUDIES for each in figures_of(stored(study))}


def test_every_study_has_figures_and_every_figure_its_expectation(figures: dict[str, Figure]) -> None:
    assert set(figures) == set(PANELS)


@pytest.mark.parametrize("name", PANELS)
def test_axes_say_what_they_show_in_which_unit(figures: dict[str, Figure], name: str) -> None:
    found = [(axis.get_xlabel(), axis.get_ylabel(), drawn(axis)) for axis in figures[name].axes]
    assert found == PANELS[name]


def test_distributions_share_one_label_of_their_conductance(figures: dict[str, Figure]) -> None:
    assert figures["strategies-distributions"].get_supxlabel() == "conductance (µS)"


def test_numbers_are_drawn_in_the_unit_of_the_axis(figures: dict[str, Figure]) -> None:
    battery = stored("users").tables["battery"]
    bars = figures["users-battery"].axes[1].patches
    assert [bar.get_width() for bar in bars] == pytest.approx(
        [days / 365.25 for days in battery.filter(care=battery["care"][0])["battery_days"]]
    )
    accuracy = stored("retention").tables["accuracy"].filter(bake_celsius=25.0)["accuracy_percent"]
    wrong = figures["retention-accuracy"].axes[0].lines[0].get_ydata()
    assert list(wrong) == pytest.approx([100 - each for each in accuracy])
