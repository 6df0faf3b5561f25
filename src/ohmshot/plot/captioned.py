"""A figure with the caption under which a page shows it."""

from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class CaptionedFigure:
    """A figure as a page shows it.

    Attributes:
        name: name of its file, without an ending.
        figure: drawn inside `ohmshot.plot.style.paper_style`.
        caption: what is drawn and what the bars mean; numbers only where they come from the result.
    """

    name: str
    figure: Figure
    caption: str
