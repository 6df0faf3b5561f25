"""The fit of a wafer as a page and as a table on a terminal."""

import math

from rich.table import Table

from ohmshot.characterisation.fit import WaferFit
from ohmshot.characterisation.judgement import DOUBTFUL, REFUSED
from ohmshot.foundation.references import citation_keys
from ohmshot.report.fit_figures import fit_figures
from ohmshot.report.page import render_page
from ohmshot.report.table import numbers_text, terminal_table


def fit_page(fit: WaferFit, name: str, source: str) -> str:
    """Return the page.

    Args:
        fit: the fit of the wafer.
        name: name of the new parameter set.
        source: names the measurements.
    """
    return render_page(
        "fit.html",
        citation_keys(fit.base.citations),
        name=name,
        source=source,
        base=fit.base.information,
        missing=fit.missing,
        failed=fit.failed,
        warnings=fit.warnings,
        misfits={name: misfit_words(each.misfit) for name, each in fit.experiments.items()},
        doubtful=f"{DOUBTFUL:g}",
        too_far=f"{REFUSED:g}",
        experiments=list(fit.experiments.values()),
        headings=(*_headings(fit), "status", "how"),
        rows=_rows(fit),
        figures=fit_figures(fit),
    )


def fit_table(fit: WaferFit) -> Table:
    """One line a fitted row, with its interval and the base's value."""
    headings = _headings(fit)
    return terminal_table(
        f"Fitted to {fit.origin}", headings, [row[: len(headings)] for row in _rows(fit)], len(headings)
    )


def misfit_words(misfit: float) -> str:
    """The misfit of a law for people."""
    return "not told by so few readings" if math.isnan(misfit) else f"{misfit:.2f}"


def misfits_line(fit: WaferFit) -> str:
    """The misfit of every law in a line."""
    each = ", ".join(f"{name} {misfit_words(found.misfit)}" for name, found in fit.experiments.items())
    return f"Misfit (standard deviations; 0 is a law that holds, from {DOUBTFUL:g} on it is poor): {each}."


def _headings(fit: WaferFit) -> tuple[str, ...]:
    return "row", "unit", "fitted", "95 % interval", fit.base.information.name


def _rows(fit: WaferFit) -> list[tuple[str, ...]]:
    """Fitted and derived rows as text: name, unit, fitted value, its interval, the base's value, status, and how."""
    return [
        (
            name,
            fit.base.quantities[name].unit.replace("1", ""),
            numbers_text(row.value, 4),
            ", ".join(f"{low:.4g} to {high:.4g}" for low, high in row.interval or ()),
            numbers_text(fit.base.quantities[name].value, 4),
            row.status,
            row.note,
        )
        for name, row in fit.rows.items()
    ]
