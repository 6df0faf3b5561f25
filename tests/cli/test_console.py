"""What people's files are called never changes what the terminal shows, or how."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table

from ohmshot.cli import main
from ohmshot.cli.console import PlainConsole, console, counting
from ohmshot.cli.narrow import fitted, least_width
from own_pictures import write_pictures

NAMES = ["[red]x[/red]", "[/b]", ":smile:", "a\x1b[31mb", "{0.__class__}", "%s", "y\u202egnp", "a\u2028b", "\udce9"]
SHOWN = [*NAMES[:3], "a\\x1b[31mb", *NAMES[4:6], "y\\u202egnp", "a\\u2028b", "\\udce9"]


def shown(*objects: object) -> str:
    console = PlainConsole()
    console.file = io.StringIO()
    console.print(*objects)
    return console.file.getvalue()


@pytest.mark.parametrize(("name", "said"), list(zip(NAMES, SHOWN, strict=True)))
def test_names_are_shown_as_they_are(name: str, said: str) -> None:
    assert shown(f"{name}: wrote") == f"{said}: wrote\n"
    table = Table(title=name)
    table.add_column(name)
    table.add_row(name)
    assert shown(table).count(said) == 3


def test_a_name_of_two_lines_forges_none() -> None:
    assert shown("a\nwrote key.pem: zed") == "a\\nwrote key.pem: zed\n"


def test_lines_into_a_pipe_are_not_broken() -> None:
    line = "a long path/ " * 30 + "end"
    assert shown(line) == f"{line}\n"


@pytest.mark.parametrize(("columns", "widest"), [(None, 200), ("0", 20), ("40", 40), ("100", 100), ("x", 200)])
def test_a_table_never_loses_a_column(columns: str | None, widest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    table = Table(*"abcdefghij")
    table.add_row(*(str(number) * 4 for number in range(10)))
    lines = shown(table).splitlines()
    if widest >= 71:  # ten columns of four characters, their spaces and borders
        assert "".join(lines[1].split()) == "┃a┃b┃c┃d┃e┃f┃g┃h┃i┃j┃"
    else:
        assert [line.strip() for line in lines] == [f"{name}: {str(n) * 4}" for n, name in enumerate("abcdefghij")]
    text = Table("text")
    text.add_row("word " * 100)
    assert max(map(len, shown(text).splitlines())) == widest


def test_words_of_one_column_are_not_broken_where_another_has_room() -> None:
    table = Table("name", "shape", "type")
    table.add_row("cost.energy_joules", "[5, 1]", "float64")
    assert least_width(table) == 40
    wide, narrow = (
        ["".join(part.text for part in line) for line in console.render_lines(fitted(table, width), options)]
        for width in (40, 39)
        for options in (console.options.update(width=width),)
    )
    assert any("float64" in line for line in wide)
    assert narrow[1].strip() == "shape: [5, 1]"


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_too_much_is_told_in_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app() -> None:
        raise error

    monkeypatch.setattr("ohmshot.cli.app", app)
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err.count("\n")) == (2, 1)


@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_terminal_gets_signs_of_work(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(console, "_force_terminal", terminal)
    monkeypatch.setattr(console, "is_interactive", terminal)
    monkeypatch.setattr(console, "_file", seen)
    with console.alive():
        console.print("begun")
        with counting("adapting [red]", 20) as show:
            show(3.5)
        with console.without_sign():
            console.print("done")
    if terminal:
        assert "working" in seen.getvalue()
        assert "adapting [red]" in seen.getvalue()
        assert "3/20" in seen.getvalue()
    else:
        assert seen.getvalue() == "begun\ndone\n"


def folders_of_any_name(folder: Path) -> None:
    signs = write_pictures(folder) / "support"
    for number, name in enumerate(("[", "日本", "$a$ $b$", "a\nb", os.fsdecode(b"caf\xe9"))):
        (signs / f"sign {number}").rename(signs / name)


def require_names(said: bytes, encoding: str) -> None:
    shown_japanese = "日本" if encoding == "utf-8" else "\\u65e5\\u672c"
    assert f"$a$ $b$, [, a\\nb, caf\\udce9, {shown_japanese}" in said.decode(encoding)
    assert b"wrote [c].safetensors" in said


COMMAND = ["adapt", "--support", "support", "--output", "[c].safetensors"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_folders_of_any_name_on_a_terminal_of_any_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    folders_of_any_name(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["ohmshot", *COMMAND])
    terminal = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr("sys.stdout", terminal)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    require_names(terminal.buffer.getvalue(), encoding)  # type: ignore[attr-defined]


def test_folders_of_any_name_in_a_process_whose_output_takes_ascii_alone(tmp_path: Path) -> None:
    folders_of_any_name(tmp_path)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ohmshot", *COMMAND]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    require_names(done.stdout, "ascii")
