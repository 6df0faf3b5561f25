import re
import subprocess
import sys

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
