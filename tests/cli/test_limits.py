from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.cli.limits import limits_of
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.limits import Limits


def test_limits_are_read_by_name_and_unit() -> None:
    assert limits_of(None) is None
    given = ["session-cells=3000", "session-microjoules=12", "life-cycles=100"]
    assert limits_of(given) == Limits(session_cells=3000, session_joules=12 * 1e-6, life_cycles=100)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["cells=3"], "There is no limit 'cells'"),
        (["session-cells"], "is no number"),
        (["session-cells=1.5"], "is no number"),
        (["session-cells=1", "session-cells=2"], "given twice"),
        (["life-microjoules=-1"], "at least 0"),
        (["life-microjoules=nan"], "at least 0"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_told(given: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        limits_of(given)


@pytest.mark.parametrize("limit", ["session-microjoules=10", "session-cells=100"])
def test_the_demo_refuses_what_could_exceed_a_limit(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--source", "invented", "--episodes", "1", "--output", str(tmp_path), "--limit", limit)
    monkeypatch.setattr("sys.argv", ["ohmshot", "demo", *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "Nothing of it was written" in capsys.readouterr().err.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []
