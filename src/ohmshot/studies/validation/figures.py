"""Figure of the validation study: ours over published, one column a kind of evidence."""

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, double_column, look, panels
from ohmshot.study.study_result import StudyResult

LOOKS = {"agrees": ("o", COLOURS[0]), "misses": ("X", COLOURS[1]), "compared only": ("s", COLOURS[7])}
"""Marker and colour of each verdict."""


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Raw data beside what was predicted for them; ratio of every figure that has one, by kind."""
    comparisons = pl.concat([result.tables[each] for each in ("predicted", "comparisons")])
    return [_raw(result.tables["raw"]), _ratios(comparisons)]


def _raw(table: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.7, 1, 4)
    shown = (
        (("set", "set ramp"), "median", "gate voltage (V)", "median (µS)"),
        (("ramp",), "median", "source voltage (V)", "median (µS)"),
        (("hit",), None, "target (µS)", "share of ramps that come near"),
        (("bake",), None, "before the bake (µS)", "change in the bake (µS)"),
    )
    for axis, (kinds, statistic, x, y) in zip(axes, shown, strict=True):
        part = table.filter(pl.col("kind").is_in(kinds))
        part = part if statistic is None else part.filter(statistic=statistic)
        for number, (_, series) in enumerate(part.group_by("what", "statistic", maintain_order=True)):
            errors = [series["value"] - series["low"], series["high"] - series["value"]]
            style = look(number)
            axis.errorbar(series["x"], series["value"], yerr=errors, linestyle="none", markersize=3, **style)
            axis.plot(series["x"], series["ours"], linewidth=0.9, color=style["color"])
            axis.plot(series["x"], series["ours"], "_", markersize=8, color=style["color"])
        axis.set(xlabel=x, ylabel=y)
    caption = (
        "Raw data that no set was fitted to (points with 95 % intervals, devices drawn anew) and what the set "
        "skywater_130nm gives (lines and dashes). (a) SETs of other cells, and repeated SETs of 200 and 400 ns; (b) "
        "RESET ramps at another gate voltage; (c) ramps in steps of 10 mV that come within 2.5 µS of a target; (d) "
        "mean and standard deviation of the change in hotter bakes. The table below names every point."
    )
    return CaptionedFigure("validation-raw", figure, caption)


def _ratios(comparisons: pl.DataFrame) -> CaptionedFigure:
    table = comparisons.with_columns((pl.col("ours") / pl.col("published")).alias("ratio"))
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
    return CaptionedFigure("validation-ratios", figure, caption)
