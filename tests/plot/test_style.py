"""Figures as elements of pages."""

import warnings
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from ohmshot.plot.style import save_png, svg


def named(name: str) -> Figure:
    figure = Figure()
    figure.subplots().set_title(name)
    return figure


@pytest.mark.parametrize("name", ["日本", "한글", "ไทย"])
def test_a_name_that_the_font_lacks_is_left_to_the_fonts_of_the_reader(name: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = svg(named(name))
        save_png(named(name), tmp_path / "x.png")
    assert f">{name}</text>" in drawn


def test_equal_figures_are_equal_texts_of_outlines() -> None:
    assert svg(named("a")) == svg(named("a"))
    assert "<text" not in svg(named("a"))
