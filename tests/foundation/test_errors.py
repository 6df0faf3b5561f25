"""Errors that a person can mend are one line, whatever they quote."""

from pathlib import Path

import numpy as np
import pytest

from ohmshot.data.feature_files import load_features, load_labelled_features
from ohmshot.data.signal_files import load_signal
from ohmshot.foundation.errors import ChipError, DataError, OhmshotError


@pytest.mark.parametrize("kind", [OhmshotError, DataError, ChipError])
def test_a_message_is_one_line_whatever_it_quotes(kind: type[OhmshotError]) -> None:
    assert str(kind("the class 'a\nb\r\nc' has no examples")) == "the class 'a\\nb\\r\\nc' has no examples"
    assert str(kind("plain π")) == "plain π"


def test_a_cell_a_class_and_an_array_with_line_ends_in_their_names_are_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text('x,y\n1,2\n3,"4\n5"\n')
    np.savez(tmp_path / "x.npz", **{"a\nb": np.ones((2, 2))})
    np.savez(tmp_path / "y.npz", features=np.ones((3, 2)), labels=np.array(["u", "u", "v\nw"]))
    for read in (
        lambda: load_signal(tmp_path / "s.csv", 2, 64),
        lambda: load_features(tmp_path / "x.npz"),
        lambda: load_labelled_features(tmp_path / "y.npz", fewest=2),
    ):
        with pytest.raises(DataError) as refused:
            read()
        assert "\n" not in str(refused.value)
        assert "\\n" in str(refused.value)
