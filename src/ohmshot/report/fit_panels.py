"""Panels that several fit figures share."""

import numpy as np
import polars as pl
import scipy.stats
from matplotlib.axes import Axes

from ohmshot.plot.style import COLOURS


def reading_quantiles(axis: Axes, points: pl.DataFrame) -> None:
    """Readings at each amplitude: median, middle half (thick) and 95 % (thin)."""
    shares = {"least": 0.025, "lower": 0.25, "middle": 0.5, "upper": 0.75, "most": 0.975}
    conductance = pl.col("conductance_microsiemens")
    seen = points.group_by("amplitude").agg(conductance.quantile(q).alias(name) for name, q in shares.items())
    axis.vlines(seen["amplitude"], seen["least"], seen["most"], color=COLOURS[0], linewidth=0.7)
    axis.vlines(seen["amplitude"], seen["lower"], seen["upper"], color=COLOURS[0], linewidth=2.5)
    axis.plot(seen["amplitude"], seen["middle"], "o", color=COLOURS[0], markerfacecolor="white", label="measured")


def normal_quantiles(axis: Axes, residuals: pl.Series) -> None:
    """Residuals against the quantiles of the normal distribution; on the line where the law holds."""
    found = np.sort(residuals.drop_nulls().to_numpy())
    normal = scipy.stats.norm.ppf((np.arange(len(found)) + 0.5) / len(found))
    reach = max(3.0, float(np.abs(normal).max(initial=0)))
    axis.plot([-reach, reach], [-reach, reach], color=COLOURS[1])
    # Each mark is readable and the file small: all of the tails, every tenth of the middle.
    shown = (np.abs(normal) > 2) | (np.arange(len(found)) % max(1, len(found) // 200) == 0)
    axis.plot(normal[shown], found[shown], "o", markersize=2)
    axis.set(xlabel="normal quantile", ylabel="residual (standard deviations)")
