import importlib.resources

import pytest

from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
from ohmshot.foundation.errors import ParameterError


@pytest.mark.parametrize("name", parameter_set_names())
def test_every_row_has_a_source_and_measured_rows_of_the_cell_a_doi_or_a_named_summary(name: str) -> None:
    for row, quantity in load_parameter_set(name).quantities.items():
        assert quantity.source, row
        if quantity.status == "measured":
            assert quantity.doi or "summary" in quantity.source, row


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'unit = "uS"\nstatus = "assumed"\nsource = "median',
            'unit = "s"\nstatus = "assumed"\nsource = "median',
            "must be in uS",
        ),
        ("[read_noise]\nvalue = 0.01", "[read_noise]\nvalue = -0.01", "read_noise is -0.01"),
        ("[read_noise]", "[raed_noise]", "read_noise are missing"),
        ('source = "as for SET"', 'source = ""', "reset_device_share.source"),
        ("[read_noise]", "[read_noise", "not valid TOML"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, old: str, new: str, message: str) -> None:  # type: ignore[no-untyped-def]
    text = (importlib.resources.files("ohmshot.cell.parameters") / "leti_hfo2_130nm.toml").read_text()
    assert old in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ParameterError, match=message):
        load_parameter_set(str(file))


def test_an_unknown_set_lists_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="leti_hfo2_130nm"):
        load_parameter_set("nothing")
