"""One look for all figures: sizes of a two-column journal, readable at print size, safe for the colour-blind."""

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.colors
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ohmshot.foundation.files import write_bytes

if TYPE_CHECKING:
    import polars as pl

SINGLE_COLUMN_INCHES = 3.5
DOUBLE_COLUMN_INCHES = 7.16
"""Widths of IEEE journals."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
"""Okabe and Ito's palette (jfly.uni-koeln.de/color), in an order whose neighbours differ also in lightness."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""One a colour, so that curves differ in black and white too."""

_STYLE = Path(__file__).with_name("paper.mplstyle")


def literal(text: str) -> str:
    """A text of other people, in which no dollar signs make a formula."""
    return text.replace("$", r"\$")


@contextlib.contextmanager
def paper_style() -> Iterator[None]:
    """Draw in the common style inside this block; what was set before comes back after it."""
    with matplotlib.style.context(_STYLE):
        yield


def single_column(height: float = 2.6) -> Figure:
    """Return a figure as wide as one column of a journal; height in inches."""
    return Figure(figsize=(SINGLE_COLUMN_INCHES, height), layout="constrained")


def double_column(height: float = 2.6) -> Figure:
    """Return a figure as wide as a page of a journal; height in inches."""
    return Figure(figsize=(DOUBLE_COLUMN_INCHES, height), layout="constrained")


def panels(height: float, rows: int, columns: int, **kind: Any) -> tuple[Figure, Any]:
    """Return a figure as wide as a page of a journal with lettered panels.

    Args:
        height: height in inches.
        rows: number of rows of panels.
        columns: number of panels in a row.
        kind: other arguments of `matplotlib.figure.Figure.subplots`.

    Returns:
        The figure and its axes, an array [columns], or [rows, columns] for several rows.
    """
    figure = double_column(height)
    axes: Any = figure.subplots(rows, columns, squeeze=False, **kind)
    panel_letters(axes.flat)
    return figure, axes if rows > 1 else axes[0]


def named_rows(axis: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel at y = 0, 1, ... from top to bottom."""
    axis.set_yticks(range(len(names)), [literal(name) for name in names])
    axis.invert_yaxis()


def curve(
    axis: Axes,
    x: ArrayLike,
    y: ArrayLike,
    half: ArrayLike,
    number: int = 0,
    label: str | None = None,
    colour: str | None = None,
) -> None:
    """Draw a curve with its 95 % interval as a band.

    Args:
        axis: panel to draw in.
        x: positions.
        y: means.
        half: half widths of the intervals, in the unit of y.
        number: number of the series, which gives colour and marker.
        label: name in the legend.
        colour: another colour, for curves that stand in an order.
    """
    shown = look(number) | ({"color": colour} if colour else {})
    middle, width = np.asarray(y, dtype=float), np.asarray(half, dtype=float)
    axis.plot(x, middle, label=label, **shown)
    band = {"color": shown["color"], "alpha": 0.2, "linewidth": 0}
    axis.fill_between(np.asarray(x, dtype=float), middle - width, middle + width, **band)


def accuracy_curves(axis: Axes, table: "pl.DataFrame", x: str, by: str) -> None:
    """Draw the columns accuracy_percent and ci95_percent against the column ``x``, a curve for each value of ``by``."""
    for number, ((label,), rows) in enumerate(table.group_by(by, maintain_order=True)):
        curve(axis, rows[x], rows["accuracy_percent"], rows["ci95_percent"], number, str(label))


def share_curve(axis: Axes, values: "pl.Series", style: str, colour: str, label: str, side: str) -> None:
    """Share of the chips at or above a value, or at or below it."""
    ordered = values.sort().to_numpy()
    rank = np.arange(len(ordered)) / len(ordered)
    share = 1 - rank if side == "above" else rank + 1 / len(ordered)
    drawstyle: Any = "steps-pre" if side == "above" else "steps-post"
    axis.plot(ordered, 100 * share, style, drawstyle=drawstyle, color=colour, label=label, linewidth=1, marker="")


def look(number: int) -> dict[str, Any]:
    """Colour and marker of the series of a number, as keywords of matplotlib."""
    return {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}


def note(axis: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **kind: Any) -> None:
    """Write a small text beside a point; the offset in printer's points."""
    axis.annotate(text, at, offset, textcoords="offset points", **{"fontsize": 7, **kind})


def ordered_colours(count: int) -> list[str]:
    """Colours for curves that stand in an order (temperatures, levels): dark to light, safe for the colour-blind."""
    shades = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.9, count))
    return [matplotlib.colors.to_hex(shade) for shade in shades]


def panel_letters(axes: Sequence[Axes]) -> None:
    """Letter the panels of a figure as journals do."""
    for letter, axis in zip("abcdefgh", axes, strict=False):
        axis.set_title(f"({letter})", loc="left", fontweight="bold")


def svg(figure: Figure) -> str:
    """Return a figure as an SVG element to stand inside a page; equal figures give equal text."""
    with paper_style(), warnings.catch_warnings():
        warnings.filterwarnings("error", _NO_GLYPH, UserWarning)
        try:
            whole = _svg(figure)
        except UserWarning:  # a name in letters that the font lacks: left as text, for the fonts of whoever reads it
            warnings.filterwarnings("ignore", _NO_GLYPH, UserWarning)
            with matplotlib.rc_context({"svg.fonttype": "none"}):
                whole = _svg(figure)
    return whole[whole.index("<svg") :]


_NO_GLYPH = r"Glyph .* missing from"


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    return text.getvalue()


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as PNG at print resolution."""
    content = io.BytesIO()
    with paper_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", _NO_GLYPH, UserWarning)  # shown as a box
        figure.savefig(content, format="png", bbox_inches="tight", metadata={"Software": None})
    write_bytes(path, content.getvalue())
