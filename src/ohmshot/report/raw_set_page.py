"""A set fitted to raw data as a page: its rows, its residuals, and cells measured beside cells simulated."""

import dataclasses

import numpy as np
import polars as pl
from rich.table import Table

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.open_data.raw_set import RawRow, RawSet
from ohmshot.characterisation.open_data.simulated_looks import simulated_look
from ohmshot.foundation.references import citation_keys
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import double_column, paper_style
from ohmshot.report.measured_panels import distributions_panel
from ohmshot.report.page import render_page
from ohmshot.report.table import numbers_text, terminal_table

RESIDUALS = ("from (µS)", "°C", "s", "cells", "mean change (µS)", "by the law", "its spread (µS)", "by the law")
ROWS = ("row", "value", "95 % interval", "kind", "how")


def raw_set_page(found: RawSet) -> str:
    """Return the page as HTML."""
    return render_page(
        "raw_set.html",
        citation_keys(found.citations),
        found=found,
        headings=ROWS,
        rows=[_row(name, row) for name, row in found.rows.items()],
        residual_headings=RESIDUALS,
        residuals=_residuals(found),
        figures=_figures(found),
    )


def residuals_table(found: RawSet) -> Table:
    """Mean and spread of every group of cells at every look, measured and by the law."""
    return terminal_table(f"{found.name}: relaxation, measured and by the law", RESIDUALS, _residuals(found))


def _row(name: str, row: RawRow) -> tuple[str, ...]:
    interval = ", ".join(f"{low:.3g} to {high:.3g}" for low, high in row.fit.interval or ())
    return name, numbers_text(row.fit.value, 4), interval, row.status, f"{row.fit.note}; {row.source}"


def _residuals(found: RawSet) -> list[tuple[str, ...]]:
    if found.relaxation is None:
        return []
    looks, (mean, variance) = found.relaxation.looks, found.relaxation.expected()
    return [
        (
            f"{looks.start[group]:.1f}",
            f"{looks.celsius[look]:g}",
            f"{looks.seconds[look]:.3g}",
            f"{looks.count[group, look]:.0f}",
            f"{looks.mean[group, look]:.2f}",
            f"{mean[group, look]:.2f}",
            f"{np.sqrt(looks.variance[group, look]):.2f}",
            f"{np.sqrt(variance[group, look]):.2f}",
        )
        for group in range(len(looks.start))
        for look in range(len(looks.seconds))
        if not np.isnan(looks.mean[group, look])
    ]


def _figures(found: RawSet) -> list[CaptionedFigure]:
    """One panel a time and temperature: each group of cells on a probit axis, simulated by the chip beside it."""
    if found.relaxation is None or found.changes is None or found.edges is None:
        return []
    parameters = dataclasses.replace(load_parameter_set(found.base).values, **found.numbers())  # type: ignore[arg-type]
    looks, figures = found.relaxation.looks, []
    with paper_style():
        for celsius, seconds in zip(looks.celsius, looks.seconds, strict=True):
            cells = found.changes.filter(pl.col("celsius") == celsius)
            if len(set(looks.celsius)) == 1:
                cells = cells.filter(pl.col("seconds") == seconds)
            start, group = cells["start"].to_numpy(), np.digitize(cells["start"].to_numpy(), found.edges) - 1
            after = start + cells["change"].to_numpy()
            simulated = simulated_look(parameters, start, float(celsius), float(seconds))
            shown = [k for k in range(len(looks.start)) if (group == k).sum() > 1]
            figure = double_column(3.6)
            levels = [(f"{looks.start[k]:.0f} µS", after[group == k]) for k in shown]
            distributions_panel(figure.subplots(), levels, [simulated[group == k] for k in shown])
            caption = f"Cells by where they began, after {seconds:.3g} s at {celsius:g} °C."
            figures.append(CaptionedFigure(f"look-{celsius:g}-{seconds:.3g}", figure, caption))
    return figures
