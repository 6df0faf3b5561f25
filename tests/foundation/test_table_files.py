"""Tables as programs of many countries and makers write them: all give the same cells."""

from pathlib import Path

import pytest

from ohmshot.foundation.table_files import number_of, read_text_table

PLAIN = "name,level,µ\nfirst,1.5,-2\nsecond,0.25,3e-1\n"
CELLS = [["name", "level", "µ"], ["first", "1.5", "-2"], ["second", "0.25", "3e-1"]]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-be").join([b"\xfe\xff", b""]),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-32"),
        PLAIN.replace("-2", "\u22122").encode(),
        PLAIN.encode("cp1252"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", ";").replace(".", ",").encode(),
        PLAIN.replace(",", " , ").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        (PLAIN + ",,\n" * 3).encode(),
        ("# lot 7, 25 C\n" + PLAIN).encode(),
        ("sep=,\n" + PLAIN).encode(),
        ("sep=|\n" + PLAIN.replace(",", "|")).encode(),
        "\n".join(",".join(f'"{cell}"' for cell in row) for row in CELLS).encode(),
        PLAIN.rstrip("\n").encode(),
    ],
)
def test_the_cells_are_the_same_however_they_are_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lot[1]*?.csv"
    path.write_bytes(content)
    (tmp_path / "lot1xy.csv").write_text("another file")
    assert read_text_table(path).rows == CELLS


def test_lines_are_those_of_an_editor(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('# a remark\n\na,b\n1,"two\nlines"\n\n3,4\n')
    table = read_text_table(tmp_path / "a.csv")
    assert table.rows == [["a", "b"], ["1", "two\nlines"], ["3", "4"]]
    assert table.lines == [3, 4, 7]


def test_a_comma_in_a_name_is_none_of_a_number(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1,5;left, right\n")
    assert read_text_table(tmp_path / "a.csv").rows[1] == ["1.5", "left, right"]
    (tmp_path / "b.csv").write_text('a,b\n"1,5",2\n')  # with commas between cells nobody can tell: left as it is
    assert read_text_table(tmp_path / "b.csv").rows[1] == ["1,5", "2"]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(PLAIN.encode() + bytes(100))
    with pytest.raises(ValueError, match="zero bytes"):
        read_text_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("")
    assert read_text_table(tmp_path / "b.csv").rows == []


def test_two_decimal_signs_are_refused(tmp_path: Path) -> None:
    """Where points are decimal signs 1,234 is a thousand, which nobody can tell from a decimal comma."""
    (tmp_path / "t.csv").write_text("x;y\n1,234;5.5\n")
    with pytest.raises(ValueError, match=r"line 2 has '1,234' and line 2 '5\.5': give one decimal sign"):
        read_text_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), ("-2", -2), (".5", 0.5), ("5.", 5), ("1e-3", 1e-3), ("inf", float("inf")), ("1_000", None)]
    + [(text, None) for text in ("", "\u0661", "1,5", "0x10", "- 1", "1 000", "1e", "nano")],
)
def test_numbers_are_those_that_programs_write(text: str, number: float | None) -> None:
    assert number_of(text) == number
