"""The parameter sets as text: one page of all sets, and tables for a terminal."""

from rich.table import Table

from ohmshot.cell.parameter_set import ParameterSet, Quantity
from ohmshot.report.page import render_page
from ohmshot.report.table import numbers_text, terminal_table

STATUS_MEANINGS = {
    "fitted": "measured here: fitted to raw data, with its 95 % interval",
    "measured": "published: read in the source",
    "derived": "computed from measured rows",
    "transferred": "derived from another technology",
    "assumed": "nothing found; studies that depend on it go through its sweep",
    "defined": "set by definition, claims nothing of a device",
    "borrowed": "not given by the works of this set, taken from its base as it is there",
}


def parameters_page(sets: list[ParameterSet]) -> str:
    """Return all sets as one page of Markdown."""
    shown = [
        {
            "information": each.information,
            "counts": each.status_counts,
            "borrowed": each.borrowed,
            "rows": [
                (f"`{name}`", numbers_text(row.value), row.unit, row.status, _sweep(row), row_source(row))
                for name, row in each.quantities.items()
                if name not in each.borrowed
            ],
        }
        for each in sets
    ]
    return render_page("parameters.md", (), meanings=STATUS_MEANINGS, sets=shown)


def sets_table(sets: list[ParameterSet]) -> Table:
    """One row a set: how many rows are measured, derived, assumed, defined and borrowed."""
    counted = {each.information.name: each.status_counts for each in sets}
    rows = [(name, *(str(counts[status] or "") for status in STATUS_MEANINGS)) for name, counts in counted.items()]
    return terminal_table("Parameter sets", ("name", *STATUS_MEANINGS), rows)


def rows_table(each: ParameterSet) -> Table:
    """One row a row of the set, with status and source."""
    rows = []
    for name, quantity in each.quantities.items():
        value = f"{numbers_text(quantity.value)} {quantity.unit}"
        sweep = f"; sweep {_sweep(quantity)}" if _sweep(quantity) else ""
        rows.append((name, value, row_status(each, name) + sweep, row_source(quantity)))
    title = f"{each.information.name}: {each.information.title}"
    return terminal_table(title, ("row", "value", "status", "source"), rows, text=4)


def row_status(each: ParameterSet, name: str) -> str:
    """Status of a row of a set, with the set that it is borrowed from."""
    status = each.quantities[name].status
    return f"borrowed from {each.borrowed[name]} ({status} there)" if name in each.borrowed else status


def _sweep(quantity: Quantity) -> str:
    if quantity.sweep:
        return " to ".join(numbers_text(end) for end in quantity.sweep)
    if quantity.sweep_factors:
        return f"x{quantity.sweep_factors[0]:g} to x{quantity.sweep_factors[1]:g}"
    return ""


def row_source(quantity: Quantity) -> str:
    """Source of a row with its conditions, spread and interval."""
    parts = [quantity.source]
    if quantity.conditions:
        parts.append(f"conditions: {quantity.conditions}")
    if quantity.spread is not None:
        parts.append(f"spread: {numbers_text(quantity.spread)} {quantity.unit}")
    if quantity.interval is not None:
        parts.append(f"95 % interval: {_interval(quantity.interval)}")
    if quantity.doi:
        parts.append(f"doi:{quantity.doi}")
    return "; ".join(parts)


def _interval(interval: tuple[float, float] | tuple[tuple[float, float], ...]) -> str:
    pairs = [interval] if isinstance(interval[0], float | int) else list(interval)
    return ", ".join(f"{pair[0]:g} to {pair[1]:g}" for pair in pairs)
