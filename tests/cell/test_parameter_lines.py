from ohmshot.cell.parameter_lines import line_of, place

TEXT = """# a set
[set_information]
name = "mine"

  [ read_noise ]
value = 0.02
unit="1"
[read_noise_more]
value = 1.0
[a.b]
value = 2.0
"""


def test_lines_are_counted_from_one() -> None:
    assert line_of(TEXT, "set_information") == 2
    assert line_of(TEXT, "set_information", "name") == 3
    assert line_of(TEXT, "read_noise", "value") == 6
    assert line_of(TEXT, "read_noise", "unit") == 7
    assert line_of(TEXT, "read_noise_more", "value") == 9


def test_a_missing_key_has_the_line_of_its_table_and_never_one_of_the_next() -> None:
    assert line_of(TEXT, "read_noise", "source") == 5
    assert line_of(TEXT, "set_information", "value") == 2
    assert line_of(TEXT, "a.b", "unit") == 10
    assert line_of(TEXT, "read_noise", "val") == 5


def test_a_missing_table_has_no_line_and_a_dot_is_a_dot() -> None:
    assert line_of(TEXT, "nothing") is None
    assert line_of(TEXT, "nothing", "value") is None
    assert line_of("[axb]\n", "a.b") is None
    assert line_of("[a]\nxay = 1\n", "a", "x.y") == 1


def test_a_place_is_file_and_line_or_the_file_alone() -> None:
    assert place(TEXT, "mine.toml", "read_noise", "unit") == "mine.toml, line 7"
    assert place(TEXT, "mine.toml", "nothing") == "mine.toml"
