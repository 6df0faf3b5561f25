"""The page on Python (docs/api.md): its code runs, and it names every public name."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import ohmshot as oh

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def test_its_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, object] = {"oh": oh}
    for block in blocks:
        exec(block, names)
    plt.close("all")
    result = names["result"]
    assert isinstance(result, oh.Adapted)
    assert result.accuracy.shape == (20,)
    assert capsys.readouterr().out.count("Step(") == 6  # the initialisation and five updates


def test_its_table_has_every_public_name_and_no_other() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    named = {name.removeprefix("oh.") for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    assert named - {"bake"} <= set(oh.__all__)
    assert set(oh.__all__) - named == set()
