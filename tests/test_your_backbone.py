"""The code of docs/your-backbone.md, run as it stands there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "your-backbone.md"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_the_code_of_the_page_runs_and_learns() -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(block, names)
    assert float(names["accuracy"]) > 85  # type: ignore[arg-type]
    assert names["learned"].header.network.hidden == (128,)  # type: ignore[attr-defined]
