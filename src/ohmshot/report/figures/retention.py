"""Figures of the retention study."""

import polars as pl

from ohmshot.report.figures import CaptionedFigure
from ohmshot.report.style import double_column, panel_letters
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Spread of every level against bake time, one panel a temperature."""
    levels = result.tables["levels"]
    temperatures = [celsius for celsius in (25.0, 150.0) if celsius in levels["celsius"]]
    figure = double_column()
    axes = figure.subplots(1, len(temperatures), sharey=True, squeeze=False)[0]
    for axis, celsius in zip(axes, temperatures, strict=True):
        for target in levels["target_us"].unique().sort():
            part = levels.filter((pl.col("celsius") == celsius) & (pl.col("target_us") == target)).sort("bake_s")
            axis.plot(part["bake_s"] / 3600, part["sigma_us"], marker="o", label=f"{target:.0f} µS")
        axis.set(xscale="log", xlabel=f"bake time at {celsius:g} °C (h)")
    axes[0].set_ylabel("standard deviation (µS)")
    axes[-1].legend(ncols=2, title="target")
    panel_letters(axes)
    return [CaptionedFigure("retention-levels", figure, "Spread of every level against bake time.")]
