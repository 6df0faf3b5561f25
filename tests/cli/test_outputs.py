"""No command writes over what it reads, over a key, through a link, or two results into one file."""

import inspect
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer.main
from typer.testing import CliRunner

from ohmshot.cli import app
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import append_line, append_text, replacing, require_writable, write_text
from ohmshot.foundation.keys import load_device_key, load_signing_key, make_device_key, make_signing_key

OUTPUTS: dict[str, tuple[str, ...]] = {
    "adapt": ("output", "json_file", "report"),
    "bundle export": ("onnx",),
    "bundle sign": ("output",),
    "conformance": ("json_file",),
    "demo": ("json_file",),
    "fleet": ("table", "json_file"),
    "classify": ("json_file",),
    "look": ("output",),
    "parameters document": ("output",),
    "parameters fit": ("output", "report"),
    "parameters import": ("output",),
    "parameters measure": ("output",),
    "parameters refit": ("output", "report"),
    "rtl energy": ("result",),
    "rtl verilog": ("output",),
    "show": ("report", "markdown"),
    "study": ("json_file", "report", "table", "markdown"),
    "sweep": ("table", "json_file", "report"),
}
"""Parameters that name a file to be written, by command."""
ELSEWHERE = {
    "adapt": ("journal",),  # folders, and files of a command that has its own rules
    "bundle keygen": ("output",),
    "bundle trust": ("trusted_keys",),
    "bundle verify": ("trusted_keys",),
    "controller export-c": ("folder",),
    "demo": ("output",),
    "example-files": ("output",),
    "meta-train": ("output",),
    "serve": ("state",),
    "show": ("figures",),
    "study": ("figures",),
    "sweep": ("figures",),
}
READ = """\
adapt bundle, adapt encrypt_with, adapt features, adapt labels, adapt query, adapt query_features, adapt
query_labels, adapt support, adapt trusted_keys, bundle export bundle, bundle inspect file, bundle sign file,
bundle sign key, bundle trust public_key, bundle verify file, cite result, classify bundle, classify chip,
classify decrypt_with, classify examples, classify features, classify trusted_keys,
controller export-c bundle, demo bundle, demo data,
fleet bundle, fleet data, look pictures, meta-train data, parameters check file, parameters fit measurements,
parameters import measurements, parameters refit raw, rtl energy bundle, rtl energy liberty, rtl prove bundle,
rtl synth bundle, rtl synth liberty, rtl verilog bundle, serve certificate, serve key, serve token_file, show
result_file, study bundle, study data, sweep data, sweep file, workbench data, workbench parameters
"""
"""Paths that are read."""
NEEDED = {
    "study": ["levels"],
    "parameters measure": ["--parameters", "leti_hfo2_130nm"],
    "parameters refit": ["skywater_130nm", "--raw", "."],
    "bundle sign": ["--version", "1"],
}


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for each, command in group.commands.items():
        full = f"{name} {each}".strip()
        if hasattr(command, "commands"):
            yield from commands(command, full)
        else:
            yield full, command


ALL = dict(commands(typer.main.get_command(app)))


def paths(command: Any) -> dict[str, Any]:
    """Parameters that take a path, by name."""
    hints = get_type_hints(inspect.unwrap(command.callback))
    return {each.name: each for each in command.params if "Path" in str(hints.get(each.name))}


def test_every_path_of_a_command_is_known_to_be_read_or_written() -> None:
    """A new path is attacked below when it is written, and guarded by itself when it is read."""
    read = {
        f"{name} {parameter}"
        for name, command in ALL.items()
        for parameter in set(paths(command)) - {*OUTPUTS.get(name, ()), *ELSEWHERE.get(name, ())}
    }
    assert read == set(" ".join(READ.split()).split(", "))
    assert set(ELSEWHERE) | set(OUTPUTS) <= set(ALL)


def given(parameter: Any, value: Path) -> list[str]:
    return [parameter.opts[0], str(value)] if parameter.opts[0].startswith("-") else [str(value)]


def refused(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, OhmshotError), (arguments, result.output, result.exception)
    return str(result.exception)


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_never_takes_the_place_of_an_input_another_output_a_key_or_a_link(name: str, tmp_path: Path) -> None:
    file, link, key, elsewhere = (tmp_path / each for each in ("one", "link", "a.key", "elsewhere"))
    file.write_text("precious")
    link.symlink_to(file)
    hard = tmp_path / "hard"
    hard.hardlink_to(file)
    make_device_key(key)
    secret = key.read_text()
    known = paths(ALL[name])
    required = [each for each in known.values() if each.required]
    for output in OUTPUTS[name]:
        start = [*name.split(), *NEEDED.get(name, [])]
        for other in set(known) - {output, *ELSEWHERE.get(name, ())}:
            for at in (file, hard):  # the same name, and another name of the same file
                words = [*start, *given(known[output], at), *given(known[other], file)]
                for each in required:
                    words += given(each, elsewhere) if each.name not in (other, output) else []
                said = refused(words)
                assert "would be overwritten" in said or "Two outputs" in said, (words, said)
        rest = [word for each in required if each.name != output for word in given(each, elsewhere)]
        assert "is a link" in refused([*start, *given(known[output], link), *rest])
        assert "keys are not overwritten" in refused([*start, *given(known[output], key), *rest])
    assert file.read_text() == "precious"
    assert key.read_text() == secret


def test_an_example_is_not_overwritten_by_a_result(tmp_path: Path) -> None:
    place = tmp_path / "signs" / "a"
    place.mkdir(parents=True)
    (place / "1.png").write_bytes(b"precious")
    said = refused(["adapt", "--support", str(tmp_path / "signs"), "--output", str(place / "1.png")])
    assert "would be overwritten" in said


def test_nothing_is_written_over_a_device_or_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    link = tmp_path / "link"
    link.symlink_to(target)
    for write in (write_text, append_text, append_line):
        for place in (link, Path("/dev/null")):
            with pytest.raises(OhmshotError, match=r"is a link|is a device"):
                write(place, "x")
    with pytest.raises(OhmshotError, match="is a link"):
        require_writable(link)
    assert target.read_text() == "precious"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_file_is_as_private_as_the_one_before(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(mode)
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", mode)


def test_both_keys_in_one_file_and_a_public_key_of_somebody_are_refused(tmp_path: Path) -> None:
    assert "too" in refused(["bundle", "keygen", str(tmp_path / "x.pub")])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "maker.pub").write_text("somebody's")
    assert "exists" in refused(["bundle", "keygen", str(tmp_path / "maker.pem")])
    assert (tmp_path / "maker.pub").read_text() == "somebody's"
    assert not (tmp_path / "maker.pem").exists()


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    for make, load in ((make_signing_key, load_signing_key), (make_device_key, load_device_key)):
        path = tmp_path / make.__name__
        make(path)
        for mode in (0o640, 0o604, 0o620):
            path.chmod(mode)
            with pytest.raises(OhmshotError, match=f"mode {mode:o}.*chmod 600"):
                load(path)
        path.chmod(0o600)
        load(path)


def test_every_file_that_a_command_writes_is_asked_for_first() -> None:
    for name in OUTPUTS:
        source = inspect.getsource(inspect.unwrap(ALL[name].callback))
        assert "require_outputs(" in source, name


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option left empty is the working folder, which holds the outputs: they are no inputs for that."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "ohmshot-output"
    place.mkdir()
    (place / "report.html").write_text("old")
    assert "--bundle: . is a folder. Give a file." in refused(["demo", "--bundle", ""])


@pytest.mark.parametrize("words", [["adapt", "--support", ".", "--output", "/"], ["bundle", "keygen", "/"]])
def test_a_name_without_a_file_is_named(words: list[str]) -> None:
    assert "/ is a folder; a file is to be written there" in refused(words)
