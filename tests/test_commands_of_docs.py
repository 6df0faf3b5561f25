"""The commands of README and docs: all are understood, and those that are quick and need no download are run."""

import importlib.resources
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from ohmshot import cli
from own_pictures import write_pictures

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACEHOLDERS = {"N": "2", "NAME": "levels", "NAME=VALUE": "macs_per_cycle=117"}
NO_COMMANDS = ("ohmshot bundle signature 1", "ohmshot sealed 1", "ohmshot study read-noise")
"""First lines of files, and a study that docs/extending.md adds."""

IN_THIS_ORDER = """\
ohmshot demo --source invented --inject stuck:0.02 --inject dead-row:1 --test-cells
ohmshot cite ohmshot-output/result.json > references.bib
ohmshot show out.json
ohmshot study list
ohmshot sweep list
ohmshot parameters list
ohmshot parameters document
ohmshot parameters measure --parameters leti_hfo2_130nm --devices 64 --output measurements.csv
ohmshot parameters fit measurements.csv --name lot7 --base leti_hfo2_130nm
ohmshot parameters show lot7.toml
ohmshot parameters compare leti_hfo2_130nm lot7.toml
ohmshot parameters forms
ohmshot bundle keygen maker.pem
ohmshot bundle sign bundle.safetensors --key maker.pem --version 7
ohmshot bundle trust maker.pub --trusted-keys trusted.json
ohmshot bundle verify bundle.safetensors --trusted-keys trusted.json
ohmshot bundle keygen --kind device device.key
ohmshot adapt --support signs/ --output chip.sealed --encrypt-with device.key
ohmshot classify --chip chip.sealed --decrypt-with device.key new.png
ohmshot adapt --support signs/ --limit session-cells=3000 --limit session-microjoules=100 --limit life-cycles=120
ohmshot adapt --support signs/ --bundle bundle.safetensors --trusted-keys trusted.json
ohmshot adapt --support my-signs/ --query other-drawings-of-them/
ohmshot classify photo.jpg
""".splitlines()


def printed() -> list[str]:
    """Commands as they are printed: lines of their own, without the remark behind, and those within sentences."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = re.findall(r"^    (ohmshot .*?)(?:\s{2,}#.*)?$", text, re.MULTILINE)
        found += lines + re.findall(r"`(ohmshot [^`]+)`", text)
    return [" ".join(line.split()) for line in dict.fromkeys(found) if not line.startswith(NO_COMMANDS)]


def understood(line: str) -> None:
    """Parse a command without doing it; where a command is only named, what it needs may be missing."""
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(line.split(" > ")[0])[1:]]
    command = typer.main.get_command(cli.app)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{line}: there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    try:
        command.make_context(line, words)
    except Exception as error:  # of click or of the copy of it inside typer, by version
        named_only = type(error).__name__ in ("MissingParameter", "BadOptionUsage") and len(words) <= 2
        if not named_only:
            pytest.fail(f"{line}: {error}")


def test_every_command_of_the_docs_is_understood() -> None:
    lines = printed()
    assert len(lines) > 50
    for line in lines:
        understood(line)


def test_a_command_that_is_not_there_is_seen() -> None:
    with pytest.raises(AssertionError, match="there is no command lern"):
        understood("ohmshot lern")
    with pytest.raises(pytest.fail.Exception, match="--colour"):
        understood("ohmshot demo --colour red")


def test_quick_commands_of_the_docs_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pictures(tmp_path)
    signs = tmp_path / "support"
    for name, place in (("signs", signs), ("my-signs", signs), ("other-drawings-of-them", tmp_path / "query")):
        (tmp_path / name).symlink_to(place, target_is_directory=True)
    (tmp_path / "photo.jpg").write_bytes(next(signs.rglob("*.jpg")).read_bytes())
    (tmp_path / "new.png").write_bytes(next(signs.rglob("*.png")).read_bytes())
    bundle = importlib.resources.files("ohmshot.bundle") / "four-convolutions.safetensors"
    (tmp_path / "bundle.safetensors").write_bytes(bundle.read_bytes())
    (tmp_path / "out.json").write_bytes((ROOT / "docs" / "studies" / "levels.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    known = printed()
    for line in IN_THIS_ORDER:
        assert line in known, f"{line} no longer stands in the docs"
        monkeypatch.setattr("sys.argv", shlex.split(line.split(" > ")[0]))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        assert not ended.value.code, f"{line}: {told.err}"
        assert told.out.strip(), f"{line} says nothing"
