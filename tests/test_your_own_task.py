"""The commands of docs/your-own-task.md, run as they stand there."""

import json
import re
import shlex
from pathlib import Path

import pytest

from ohmshot import cli

PAGE = Path(__file__).parents[1] / "docs" / "your-own-task.md"


@pytest.mark.slow
def test_the_page_leads_from_files_to_a_chip_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    commands = [shlex.split(line) for block in blocks for line in block.strip().splitlines()]
    names = [command[1] for command in commands]
    assert names == ["example-files", "meta-train", "adapt", "classify", "adapt", "meta-train", "demo"]
    told = {}
    for command in commands:
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code, command
        told[command[1]] = capsys.readouterr().out.replace("\n", " ")
    result = json.loads(Path("my-result.json").read_text())
    assert result["query"]["accuracy"][0] < 0.5
    assert result["query"]["accuracy"][-1] > 0.85
    assert "family 1 gesture01" in told["classify"].split(":")[-1]
    many = json.loads(Path("gestures-output/result.json").read_text())
    assert many["data"] == "invented gestures"
    assert many["accuracy"][-1] > 0.95
