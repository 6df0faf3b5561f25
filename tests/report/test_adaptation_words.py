import io

from rich.console import Console

from ohmshot.adapt.result import AdaptationResult
from ohmshot.report.adaptation_words import adaptation_words
from ohmshot.report.table import adaptation_tables

SPLIT = {"form": 0.0, "set": 1e-7, "reset": 1e-7, "read": 0.0, "multiply": 1e-7, "total": 3e-7}
OLD = {
    "data": "digits",
    "ways": 5,
    "shots": 1,
    "queries": 15,
    "episodes": 20,
    "chips": 2,
    "seed": 0,
    "strategy": "hybrid",
    "parameters": "ideal",
    "bundle": "0" * 64,
    "accuracy": [0.2, 0.99],
    "accuracy_ci95": [0.0, 0.002],
    "accuracy_by_chip": [0.99, 0.99],
    "accuracy_after_bake": 0.985,
    "accuracy_after_bake_ci95": 0.003,
    "accuracy_software": 0.992,
    "accuracy_software_by_update": [0.2, 0.992],
    "bake_hours": 12.0,
    "bake_celsius": 150.0,
    "cells_written": [300.0],
    "pulses": {"initialisation": 1.0, "adaptation": 2.0, "by_update": [2.0]},
    "energy_joules": {"initialisation": SPLIT, "adaptation": SPLIT},
    "busy_seconds_by_update": [1e-3],
    "cells_missed_at_initialisation": 0.0,
    "most_cycles_of_a_cell": 1,
    "confusion": [[1]],
    "citations": [],
    "wall_seconds": 1.0,
}
"""A result from before the nearest mean, the groups and the scope were in it."""
NEW = OLD | {
    "scope": "one group",
    "accuracy_ci95_groups": 0.0173,
    "groups": 20,
    "gain_over_software": -0.002,
    "gain_over_software_ci95": 0.001,
    "accuracy_nearest_mean": 0.994,
    "accuracy_nearest_mean_ci95": 0.001,
    "gain_over_nearest_mean": -0.004,
    "gain_over_nearest_mean_ci95": 0.0012,
}


def shown(content: dict[str, object]) -> str:
    result = AdaptationResult.model_validate(content)
    console = Console(file=io.StringIO(), width=200)
    console.print(*adaptation_tables(result))
    return " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]


def test_an_older_result_is_read_and_shown_without_what_it_does_not_hold() -> None:
    result = AdaptationResult.model_validate(OLD)
    assert (result.scope, result.groups, result.accuracy_by_group) == ("any", None, {})
    assert adaptation_words(result) == []
    assert "digits: 5-way 1-shot, 20 episodes on 2 chips" in shown(OLD)


def test_the_table_says_what_the_chip_is_compared_with_and_what_energy_counts() -> None:
    text = shown(NEW)
    assert "digits: 5-way 1-shot, classes of one group, 20 episodes" in text
    assert "right in 99.40 ± 0.10 %" in text
    assert "-0.40 ± 0.12 points against the nearest mean, -0.20 ± 0.10 points against the updates with exact" in text
    assert "99.00 ± 1.73 %, from 20 groups" in text
    assert "The convolutions before it are not in it." in text
