"""Figure of the validation study: ours over published, one column a kind of evidence."""

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, double_column
from ohmshot.study.study_result import StudyResult

LOOKS = {"agrees": ("o", COLOURS[0]), "misses": ("X", COLOURS[1]), "compared only": ("s", COLOURS[7])}
"""Marker and colour of each verdict."""


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Ratio of every figure that has one, by kind."""
    table = result.tables["comparisons"].with_columns((pl.col("ours") / pl.col("published")).alias("ratio"))
    values = table.filter((pl.col("bound") == "equal") & (pl.col("ratio") > 0))
    kinds = values["kind"].unique(maintain_order=True).to_list()
    figure = double_column()
    axis = figure.subplots()
    for column, kind in enumerate(kinds):
        for verdict, (marker, colour) in LOOKS.items():
            part = values.filter(kind=kind, verdict=verdict)
            # Spread out over the column in the order of the table, so that points do not hide each other.
            places = [column - 0.4 + 0.8 * (i + 0.5) / part.height for i in range(part.height)]
            axis.plot(places, part["ratio"], marker, color=colour, markersize=3.5, linestyle="none")
    axis.axhline(1.0, linewidth=0.8, color="black")
    axis.set(yscale="log", ylabel="ours / published", xticks=range(len(kinds)), xticklabels=kinds)
    for verdict, (marker, colour) in LOOKS.items():
        axis.plot([], [], marker, color=colour, markersize=3.5, linestyle="none", label=verdict)
    axis.legend()
    left = table.height - values.height
    caption = (
        f"Ours over published, {values.height} figures; the other {left} are bounds, or differ in sign or are zero. "
        "Where the set was fitted to a figure, agreement checks the code only."
    )
    return [CaptionedFigure("validation-ratios", figure, caption)]
