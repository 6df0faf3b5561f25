"""The commands of README and docs: all are understood, and each is run as printed or listed with the reason why not."""

import importlib.resources
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import typer.main

from ohmshot import cli
from own_pictures import write_pictures

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACEHOLDERS = {"N": "2", "NAME": "levels", "NAME=VALUE": "macs_per_cycle=117"}
NO_COMMANDS = ("ohmshot: ", "ohmshot bundle signature 1", "ohmshot sealed 1", "ohmshot study read-noise")
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

SMALL = {
    "ohmshot study levels --source features": ("--size", "small", "--episodes", "4", "--chips", "2"),
    "ohmshot study": ("--source", "invented", "--size", "small", "--episodes", "4", "--chips", "2"),
    "ohmshot study regression": ("--size", "small", "--episodes", "4", "--chips", "2"),
    "ohmshot demo --source features": ("--episodes", "4", "--chips", "2", "--bake-hours", "0"),
    "ohmshot demo --parameters lot7": ("--source", "invented", "--episodes", "2"),
    "ohmshot demo --source omniglot": ("--source", "invented", "--episodes", "4", "--chips", "2"),
    "ohmshot fleet --chips 10000 --json": ("--source", "invented", "--chips", "4"),
    "ohmshot fleet --source features": ("--chips", "4", "--ways", "4"),
    "ohmshot demo --controller": ("--source", "invented", "--episodes", "4", "--chips", "2"),
    "ohmshot demo --episodes 2000 --chips 20": ("--source", "invented", "--episodes", "4", "--chips", "2"),
    "ohmshot adapt --controller": ("--support", "signs/"),
    "ohmshot controller": (),
    "ohmshot adapt --features": ("--chips", "2"),
    "ohmshot adapt --features train.npy": (),
    "ohmshot classify --features": (),
    "ohmshot bundle export": (),
    "ohmshot adapt --support signs/": (),
    "ohmshot sweep examples/sweep.toml": (),
    "ohmshot example-files": (),
    "ohmshot look": (),
}
"""Run by the slow test in the order of the pages, with options for a small size; the longest beginning counts."""
NOT_RUN = {
    r"^ohmshot rtl": "needs the extra rtl; tests/controller/rtl/gates runs them",
    r"(FILE|FOLDER|HOST|NAME)\b|\.\.\.|--state$|--arrays N|--source$": "a form, to be filled in by the reader",
    r"^ohmshot [a-z-]+( inspect| import| NAME)?$": "a command by its name, within a sentence",
    r"^ohmshot serve ": "runs until it is broken off: tests/wire/test_examples.py",
    r"tcp://": "needs a chip that is served: tests/wire/test_examples.py",
    r"--ray|--device cuda|^torchrun": "needs a cluster or a GPU",
    r"--source (emg|exercises|speech)": "needs recordings of people",
    r"^ohmshot meta-train --": "trains for minutes to hours: tests/cli/test_meta_train.py",
    r"--bundle runs/": "takes what a training of minutes has made: tests/test_your_own_task.py",
    r"my_cell.toml": "docs/extending.md makes that file: tests/test_extending.py",
    r"examples/search.toml": "searches for an hour: tests/sweep/test_search.py",
    r"^ohmshot parameters (fit|import) (\"W3|cell7|bakes|set-sweep|reset-sweep|tech)": (
        "needs a tester's file: tests/characterisation/test_testers.py"
    ),
    r"^make ": "its target is checked by itself below",
    r"^python -c": "measures coverage of intervals for minutes: tests/characterisation/test_fit.py",
    r"^python benchmarks/": "measures for minutes to hours; its options are checked below",
    r"^ohmshot study (validation|fleet|hardware-aware)$": "by its name, within a sentence",
}
"""Patterns of commands that are not run, each with the reason."""


def printed() -> list[str]:
    """Commands as they are printed: lines of their own, without the remark behind, and those within sentences."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        block = r"^(?:    )?((?:ohmshot|make|torchrun|python (?:examples|benchmarks|-c)\b).*?)(?:\s{2,}#.*)?$"
        fenced = re.findall(r"^```(?:sh|bash|console|shell)?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        indented = "\n".join(line for line in text.splitlines() if line.startswith("    "))
        lines = re.findall(block, indented + "\n" + "\n".join(fenced), re.MULTILINE)
        found += lines + re.findall(r"`((?:ohmshot|make|torchrun) [^`]+|python (?:examples|benchmarks)/[^`]+)`", text)
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
    lines = [line for line in printed() if line.startswith("ohmshot ")]
    assert len(lines) > 50
    for line in lines:
        understood(line)


def small(line: str) -> tuple[str, ...] | None:
    """Options that make a command small; None where it is not run by the slow test."""
    fitting = [start for start in SMALL if line.startswith(start)]
    return SMALL[max(fitting, key=len)] if fitting else None


def reason(line: str) -> str:
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, line)), "")


def test_every_command_is_run_or_has_a_reason() -> None:
    """A new command of a page gets a place in one of the lists; what no page contains any more leaves it."""
    lines = printed()
    for line in lines:
        assert line in IN_THIS_ORDER or reason(line) or small(line) is not None, f"{line}: run it, or say why not"
    for pattern in NOT_RUN:
        others = {name: why for name, why in NOT_RUN.items() if name != pattern}
        alone = [line for line in lines if re.search(pattern, line) and line not in IN_THIS_ORDER]
        assert alone, f"no page contains {pattern} any more"
        assert any(not any(re.search(other, line) for other in others) for line in alone), f"{pattern} is not needed"
    for start in SMALL:
        assert any(line.startswith(start) for line in lines), f"no page contains {start} any more"


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {line.split()[1] for line in printed() if line.startswith("make ")}
    assert "test" in named
    assert {name for name in named if "=" not in name} <= targets


def test_every_script_of_the_docs_takes_the_options_that_are_printed() -> None:
    lines = [line.replace("[", "").replace("]", "") for line in printed() if line.startswith("python benchmarks/")]
    assert len(lines) > 5
    for line in lines:
        source = (ROOT / line.split()[1]).read_text("utf-8")
        imported = re.findall(r"^from (\w+) import", source, re.MULTILINE)
        beside = [ROOT / "benchmarks" / f"{name}.py" for name in imported]
        shared = "".join(path.read_text("utf-8") for path in beside if path.exists())
        for option in re.findall(r"(?<= )--[a-z-]+", line):
            assert f'"{option}"' in source + shared, f"{line}: there is no {option}"


def prepared(folder: Path) -> None:
    """Files that the commands of the pages name."""
    write_pictures(folder)
    signs = folder / "support"
    for name, place in (("signs", signs), ("my-signs", signs), ("other-drawings-of-them", folder / "query")):
        (folder / name).symlink_to(place, target_is_directory=True)
    (folder / "photo.jpg").write_bytes(next(signs.rglob("*.jpg")).read_bytes())
    (folder / "new.png").write_bytes(next(signs.rglob("*.png")).read_bytes())
    bundle = importlib.resources.files("ohmshot.bundle") / "four-convolutions.safetensors"
    (folder / "bundle.safetensors").write_bytes(bundle.read_bytes())
    (folder / "out.json").write_bytes((ROOT / "docs" / "studies" / "levels.json").read_bytes())


@pytest.mark.slow
def test_commands_of_the_docs_run_with_small_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    values = np.random.default_rng(0).normal(size=(150, 24)) + 3 * np.repeat(np.eye(5, 24), 30, axis=0)
    labels = np.repeat(["a", "b", "c", "d", "e"], 30)
    for name, rows in (("train", slice(0, None, 2)), ("query", slice(1, None, 2)), ("features", slice(None))):
        np.savez(tmp_path / f"{name}.npz", features=values[rows], labels=labels[rows])
    np.save(tmp_path / "train.npy", values[::2])
    np.save(tmp_path / "new.npy", values[1::2])
    (tmp_path / "train-labels.txt").write_text("\n".join(labels[::2]))
    shutil.copy(ROOT / "src" / "ohmshot" / "cell" / "parameters" / "leti_hfo2_130nm.toml", tmp_path / "lot7.toml")
    monkeypatch.chdir(tmp_path)
    failed = []
    for line in printed():
        more = small(line)
        if line in IN_THIS_ORDER or reason(line) or more is None:
            continue
        monkeypatch.setattr("sys.argv", [*shlex.split(line.split(" > ")[0]), *more])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        if ended.value.code:
            failed.append(f"{line}: {told.err}")
    assert not failed, "\n".join(failed)


def test_a_command_that_is_not_there_is_seen() -> None:
    with pytest.raises(AssertionError, match="there is no command lern"):
        understood("ohmshot lern")
    with pytest.raises(pytest.fail.Exception, match="--colour"):
        understood("ohmshot demo --colour red")


@pytest.mark.slow
def test_quick_commands_of_the_docs_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(tmp_path)
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
