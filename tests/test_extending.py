"""The examples of docs/extending.md, run as they stand there."""

import re
import sys
import types
from pathlib import Path

import pytest

from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import simulated_source
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.source import SOURCES, evaluation_drawings
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.report.study_page import study_page
from ohmshot.study.registry import STUDIES, figures_of, study_named
from ohmshot.study.study import StudySettings, run_study

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"


def _example(name: str) -> str:
    found = re.findall(rf"```python {re.escape(name)}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(found) == 1, name
    return str(found[0])


def _module(monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    name = "ohmshot." + example.removesuffix(".py").replace("/", ".")
    module = types.ModuleType(name)
    exec(compile(_example(example), example, "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, name, module)


def test_every_example_is_under_30_lines() -> None:
    for example in re.findall(r"```python .*?```", PAGE.read_text("utf-8"), re.DOTALL):
        assert example.count("\n") < 30


def test_a_new_study_is_one_folder_and_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _module(monkeypatch, "studies/read_noise/measure.py")
    _module(monkeypatch, "studies/read_noise/figures.py")
    monkeypatch.setattr("ohmshot.study.registry.STUDIES", [*STUDIES, "read-noise"])
    settings = StudySettings(
        shipped_bundle("four-convolutions"),
        evaluation_drawings("invented"),
        load_parameter_set("leti_hfo2_130nm"),
        chips=1,
        episodes=1,
    )
    result = run_study(study_named("read-noise"), settings)
    page = study_page(result, figures_of(result))
    assert result.findings[0] in page
    assert "<svg" in page


def test_a_new_cell_technology_is_one_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    exec(_example("technology"), {})


def test_a_new_strategy_is_one_file_and_one_name_and_a_new_source_is_one_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _module(monkeypatch, "host/strategies/a_little_high.py")
    monkeypatch.setattr("ohmshot.host.strategies.registry.STRATEGIES", [*STRATEGIES, "a-little-high"])
    monkeypatch.setitem(SOURCES, "bars", SOURCES["invented"])  # taken out again afterwards
    exec(_example("source"), {})
    settings = AdaptationSettings(episodes=2, learner=LearnerSettings(strategy=strategy_named("a-little-high")))
    source = simulated_source(load_parameter_set("leti_hfo2_130nm"), settings.circuit, settings.seed)
    result, _ = run_adaptation(source, shipped_bundle("four-convolutions"), evaluation_drawings("bars"), settings)
    assert result.data == "bars"
    assert result.strategy == "a-little-high"
    assert result.accuracy[-1] > 2 * 0.2  # twice chance
