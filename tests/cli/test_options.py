import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ohmshot.chip.faults.injection import FAULTS
from ohmshot.cli import app
from ohmshot.cli.limits import LIMITS
from ohmshot.host.strategies.registry import STRATEGIES


@pytest.mark.parametrize("names", [STRATEGIES, list(FAULTS), list(LIMITS)])
def test_the_help_names_every_strategy_fault_and_limit(names: list[str]) -> None:
    shown = CliRunner().invoke(app, ["demo", "--help"], env={"COLUMNS": "1000"}).output
    assert ", ".join(names[:-1]) in re.sub(r"\s+", " ", shown)
    assert "session-microjoules" in LIMITS
    assert "lost-connection" in FAULTS


def test_help_needs_no_pytorch() -> None:
    check = "import sys, ohmshot.cli; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_a_scope_that_there_is_not_is_refused() -> None:
    ended = CliRunner().invoke(app, ["demo", "--scope", "both"], env={"COLUMNS": "1000"})
    assert ended.exit_code == 2
    assert "'both' is not one of 'any', 'one-group'" in ended.output


def test_a_fleet_and_a_demo_within_one_group_say_so(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    common = ["--source", "invented", "--chips", "2", "--queries", "1", "--scope", "one-group", "--json", str(result)]
    assert not CliRunner().invoke(app, ["demo", *common, "--episodes", "2", "--output", str(tmp_path)]).exit_code
    assert json.loads(result.read_text())["scope"] == "one group"
    assert not CliRunner().invoke(app, ["fleet", *common, "--table", str(tmp_path / "fleet.parquet")]).exit_code
    fleet = json.loads(result.read_text())
    assert fleet["run"]["scope"] == "one group"
    assert fleet["accuracy_adapted_ci95_groups_percent"] is not None  # two chips, two alphabets
