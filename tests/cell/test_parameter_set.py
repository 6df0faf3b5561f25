import importlib.resources
import re
from pathlib import Path

import pytest

from ohmshot.cell.parameter_set import (
    as_tuple,
    load_parameter_set,
    parameter_set_names,
    parse_parameter_set,
    row_rules,
)
from ohmshot.foundation.errors import ParameterError

LETI_TEXT = (importlib.resources.files("ohmshot.cell.parameters") / "leti_hfo2_130nm.toml").read_text()
SMALL = """
[set_information]
name = "mine"
title = "My wafer"
citations = []
base = "leti_hfo2_130nm"

[read_noise]
value = 0.02
unit = "1"
status = "measured"
source = "1,000 reads of 512 cells"
"""


@pytest.mark.parametrize("name", parameter_set_names())
def test_every_row_has_a_source_and_measured_rows_a_doi_or_a_named_summary(name: str) -> None:
    for row, quantity in load_parameter_set(name).quantities.items():
        assert quantity.source, row
        if quantity.status == "measured":
            assert quantity.doi or "summary" in quantity.source, row


@pytest.mark.parametrize("name", parameter_set_names())
def test_sweeps_are_possible_values_and_hold_the_default(name: str) -> None:
    loaded = load_parameter_set(name)
    rules = row_rules()
    for row, quantity in loaded.quantities.items():
        rule = rules[row]
        if quantity.sweep is not None:
            low, high = map(as_tuple, quantity.sweep)
            for least, value, most in zip(low, as_tuple(quantity.value), high, strict=True):
                assert rule.minimum <= least <= value <= most <= rule.maximum, row
        if quantity.sweep_factors is not None:
            assert quantity.sweep_factors[0] <= 1 <= quantity.sweep_factors[1], row


def test_the_pessimistic_corner_is_made_of_ends_of_the_sweeps() -> None:
    leti, corner = (load_parameter_set(name) for name in ("leti_hfo2_130nm", "pessimistic"))
    own = [name for name in corner.quantities if name not in corner.borrowed]
    assert len(own) > 20
    for name in own:
        ends = leti.quantities[name].swept_values
        assert ends is not None
        assert any(pytest.approx(end) == corner.quantities[name].value for end in ends), name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "uS"\nstatus = "assumed"\nsource = "median', 'unit = "s"\nstatus = "assumed"\nsource = "median', "uS"),
        ("[read_noise]\nvalue = 0.01", "[read_noise]\nvalue = -0.01", "read_noise is -0.01"),
        ("[read_noise]", "[raed_noise]", "there is no row raed_noise"),
        ("[set_spread]\nvalue = [12.0, 5.0]", "[set_spread]\nvalue = [12.0, -5.0]", "set_spread is -5.0"),
        ("value = [45.0, 117.0]", "value = 45.0", "set_conductances must be a list"),
        ("[set_spread]\nvalue = [12.0, 5.0]", "[set_spread]\nvalue = 12.0", "each of as many numbers as the value"),
        ("[read_noise]\nvalue = 0.01\n", "[read_noise]\nvalue = 0.01\nspread = -1.0\n", "spread must not be negative"),
        ('source = "as for SET"', 'source = ""', "reset_device_share.source"),
        ('source = "as for SET"\n', "", "reset_device_share has no source"),
        (
            "sweep = [0.002, 0.03] # SkyWater's cells: 0.27 uS\n",
            "",
            "read_noise: an assumed row needs the range to sweep",
        ),
        ("value = 5.0\nunit", "value = 500.0\nunit", "reset_conductance must lie between"),
        ("[read_noise]", "[read_noise", "not valid TOML.*line"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_field(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert LETI_TEXT.count(old) >= 1
    file = tmp_path / "mine.toml"
    changed = LETI_TEXT.replace(old, new, 1)
    file.write_text(changed)
    with pytest.raises(ParameterError, match=message) as raised:
        load_parameter_set(str(file))
    text = str(raised.value)
    assert text.startswith(str(file))
    assert "line " in text


def test_the_named_line_is_the_one_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(SMALL.replace('unit = "1"', 'unit = "uS"'))
    with pytest.raises(ParameterError, match="line 10: read_noise is in uS; it must be in 1"):
        load_parameter_set(str(file))


def test_a_small_set_borrows_from_its_base_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL)
    mine, leti = load_parameter_set(str(tmp_path / "mine.toml")), load_parameter_set("leti_hfo2_130nm")
    assert mine.values.read_noise == 0.02
    assert "read_noise" not in mine.borrowed
    assert mine.borrowed["set_spread"] == "leti_hfo2_130nm"
    assert mine.values.set_spread == leti.values.set_spread
    assert set(mine.citations) <= set(leti.citations)


def test_a_set_that_an_editor_begins_with_a_byte_order_mark_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL.lstrip(), "utf-8-sig")
    (tmp_path / "plain.toml").write_text(SMALL.lstrip(), "utf-8")
    assert (tmp_path / "mine.toml").read_bytes().startswith(b"\xef\xbb\xbf[set_information]")
    assert load_parameter_set(str(tmp_path / "mine.toml")) == load_parameter_set(str(tmp_path / "plain.toml"))


def test_a_base_may_be_a_file_beside_the_set_but_not_the_set_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL)
    other = SMALL.replace('"mine"', '"other"').replace("0.02", "0.03")
    (tmp_path / "other.toml").write_text(other.replace('base = "leti_hfo2_130nm"', 'base = "mine.toml"'))
    loaded = load_parameter_set(str(tmp_path / "other.toml"))
    assert loaded.values.read_noise == 0.03
    assert loaded.borrowed["set_spread"] == "leti_hfo2_130nm"
    (tmp_path / "mine.toml").write_text(SMALL.replace('base = "leti_hfo2_130nm"', 'base = "mine.toml"'))
    with pytest.raises(ParameterError, match="circle"):
        load_parameter_set(str(tmp_path / "mine.toml"))


def test_an_unknown_set_lists_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="leti_hfo2_130nm"):
        load_parameter_set("nothing")


def test_a_row_that_is_missing_is_named_unless_a_base_has_it() -> None:
    without = LETI_TEXT[: LETI_TEXT.index("[read_noise]")] + LETI_TEXT[LETI_TEXT.index("[flicker_noise_share]") :]
    with pytest.raises(ParameterError, match=r"mine\.toml: the rows read_noise are missing"):
        parse_parameter_set(without, "mine.toml")


def test_text_is_read_with_the_bases_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALL)
    text = SMALL.replace('base = "leti_hfo2_130nm"', 'base = "mine.toml"').replace("read_noise", "flicker_noise_share")
    text = text.replace('"mine"', '"other"')
    loaded = parse_parameter_set(text, "text", tmp_path)
    assert (loaded.values.read_noise, loaded.values.flicker_noise_share) == (0.02, 0.02)
    assert loaded.borrowed["read_noise"] == "mine"
    with pytest.raises(ParameterError, match=r"There is no parameter set 'mine\.toml'"):
        parse_parameter_set(text, "text")


def test_what_is_wrong_with_the_information_is_named_with_its_line() -> None:
    with pytest.raises(ParameterError, match=r"^text, line 3: set_information\.name: "):
        parse_parameter_set(SMALL.replace('"mine"', '"My Wafer"'), "text")
    with pytest.raises(ParameterError, match=r"^text, line 2: set_information has no title; give it one"):
        parse_parameter_set(SMALL.replace('title = "My wafer"\n', ""), "text")
    with pytest.raises(ParameterError, match=r"^text, line 9: read_noise\.value: "):
        parse_parameter_set(SMALL.replace("value = 0.02", 'value = "much"'), "text")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value = 0.02", "value = true", "read_noise.value: a number or a text is wanted, not true"),
        ('name = "mine"', 'name = "Lot 7"', "'Lot 7' must be of small letters, digits and underscores, such as lot_7"),
    ],
)
def test_a_wrong_kind_of_value_is_told_by_the_right_one(old: str, new: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        parse_parameter_set(SMALL.replace(old, new), "mine.toml")


@pytest.mark.parametrize("name", parameter_set_names())
def test_every_row_has_its_kind_and_what_that_kind_needs(name: str) -> None:
    loaded = load_parameter_set(name)
    assert set(loaded.quantities) >= {row for row, rule in row_rules().items() if not rule.optional}
    for row, quantity in loaded.quantities.items():
        needed = {
            "fitted": quantity.interval is not None and bool(re.search(r"\.(csv|zip|gz|tsv)|tsdata", quantity.source)),
            "measured": quantity.doi is not None or "summary" in quantity.source,
            "derived": len(quantity.source) >= 10,
            "transferred": bool(re.search("the set [a-z0-9_]+|another .*technology", quantity.source)),
            "assumed": quantity.swept_values is not None,
            "defined": name == "ideal" or row in loaded.borrowed,
        }
        assert needed[quantity.status], (row, quantity.status, quantity.source)
