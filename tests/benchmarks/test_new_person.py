"""The benchmark of a new person: folds are joined, and people are what intervals are over."""

import argparse
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import torch

FILE = Path(__file__).parents[2] / "benchmarks" / "new_person.py"


@pytest.fixture(scope="module")
def benchmark_file() -> ModuleType:
    spec = importlib.util.spec_from_file_location("new_person", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_name_stands_for_all_folds_that_it_begins(benchmark_file: ModuleType) -> None:
    assert benchmark_file.folds_of("emg") == ("emg",)
    assert benchmark_file.folds_of("exercises") == tuple(f"exercises-{fold}" for fold in "12345")
    assert "speech-theo" in benchmark_file.folds_of("speech")


def test_differences_are_paired_and_their_interval_is_over_people(
    benchmark_file: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = benchmark_file.Judged

    def measured(source: str, args: argparse.Namespace) -> tuple[dict[str, object], list[str]]:
        """One person a fold, two tasks each; MAML is 2 points better in fold 1 and 4, 6, 8, 10 in the others."""
        nearest = torch.tensor([0.5, 0.7], dtype=torch.float64)
        gain = 0.02 * int(source[-1])
        made = {"MAML, first layer": judged("maml", nearest + gain), "hand-made": judged("hand-made", nearest)}
        return {**made, "nearest mean, software": judged("none", nearest)}, [f"person {source[-1]}"] * 2

    monkeypatch.setattr(benchmark_file, "measured", measured)
    rows = {row[0]: row for row in benchmark_file.rows(argparse.Namespace(source="exercises"))}
    # The mean of 2, 4, 6, 8, 10 is 6, their standard deviation 3.162; Student's t of 4 degrees of freedom is 2.776.
    assert rows["MAML, first layer"][4] == "+6.0 ± 3.9"
    assert rows["MAML, first layer"][2] == "66.0 ± 3.9"
    assert rows["hand-made"][3] == "+0.0 ± 0.0"
    assert rows["hand-made"][5:] == ("", "", "")
