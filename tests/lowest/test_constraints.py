"""The constraints of `make test-lowest` are the lower bounds of pyproject.toml, all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

CONSTRAINTS = Path(__file__).parent / "constraints.py"


def run(*arguments: str, script: Path = CONSTRAINTS) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)


def test_every_requirement_is_held_at_its_lower_bound() -> None:
    lines = run("--extra", "pandas", "--instead", "torch==2.13.0").stdout.splitlines()
    assert {"typer==0.15.4", "polars==1.20", "pandas==2.0", "torch==2.13.0", "scikit-learn==1.6"} <= set(lines)
    assert all("==" in line for line in lines)


@pytest.mark.parametrize(
    ("requirement", "told"),
    [("numpy", "no lower bound"), ("numpy<3", "no lower bound"), ("numpy>=1", "no requirement")],
)
def test_what_has_no_lower_bound_or_is_no_requirement_is_told(requirement: str, told: str, tmp_path: Path) -> None:
    script = tmp_path / "tests" / "lowest" / "constraints.py"
    script.parent.mkdir(parents=True)
    script.write_text(CONSTRAINTS.read_text())
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "x"\ndependencies = ["{requirement}"]\n')
    assert told in run("--instead", "torch==2.13.0", script=script).stderr
