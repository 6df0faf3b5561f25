"""The parameter sets as text: one page of all sets, and tables for a terminal."""

from collections import Counter

from rich.table import Table

from ohmshot.cell.parameter_set import ParameterSet, Quantity
from ohmshot.report.table import terminal_table

STATUS_MEANINGS = {
    "measured": "read in the source",
    "derived": "computed from measured rows",
    "assumed": "nothing found; studies that depend on it go through its sweep",
    "defined": "set by definition, claims nothing of a device",
    "borrowed": "not given by the works of this set, taken from its base as it is there",
}
PAGE_HEAD = """# Parameter sets of the cell

Generated from `src/ohmshot/cell/parameters/*.toml` by `ohmshot parameters document`; a test holds it up to date.
Use one with `--parameters NAME`, or a file of your own (`ohmshot parameters check FILE.toml`). A file that names a
`base` gives only the rows that it knows better.

| status | meaning |
|---|---|
"""
PAGE_FORMAT = """
## A file of your own

```toml
[set_information]
name = "my_wafer"
title = "1T1R cells of lot 12"
citations = []                      # DOIs
base = "leti_hfo2_130nm"            # rows that are missing here come from there and stay marked as borrowed

[read_noise]
value = 0.012                       # one number, or a list where the row has one
unit = "1"                          # must be the unit of the row
status = "measured"                 # measured, derived, assumed or defined
source = "lot 12, 1,000 reads of 512 cells"
conditions = "0.2 V, 25 C"          # optional, as are doi, spread (of the number itself) and interval (95 %)
# an assumed row needs the range to go through: sweep = [low, high], or sweep_factors = [low, high] for lists
```
"""


def parameters_page(sets: list[ParameterSet]) -> str:
    """Return all sets as one page of Markdown."""
    parts = [PAGE_HEAD, *(f"| {status} | {meaning} |\n" for status, meaning in STATUS_MEANINGS.items()), PAGE_FORMAT]
    return "".join(parts + [_set_section(each) for each in sets])


def sets_table(sets: list[ParameterSet]) -> Table:
    """One row a set: how many rows are measured, derived, assumed, defined and borrowed."""
    counted = {each.information.name: status_counts(each) for each in sets}
    rows = [(name, *(str(counts[status] or "") for status in STATUS_MEANINGS)) for name, counts in counted.items()]
    return terminal_table("Parameter sets", ("name", *STATUS_MEANINGS), rows)


def rows_table(each: ParameterSet) -> Table:
    """One row a row of the set, with status and source."""
    rows = []
    for name, quantity in each.quantities.items():
        value = f"{_numbers(quantity.value)} {quantity.unit}"
        sweep = f"; sweep {_sweep(quantity)}" if _sweep(quantity) else ""
        rows.append((name, value, _status(each, name) + sweep, _source(quantity)))
    title = f"{each.information.name}: {each.information.title}"
    return terminal_table(title, ("row", "value", "status", "source"), rows, text=4)


def status_counts(each: ParameterSet) -> Counter[str]:
    """Number of rows by status; borrowed ones count as borrowed only."""
    return Counter("borrowed" if name in each.borrowed else row.status for name, row in each.quantities.items())


def _set_section(each: ParameterSet) -> str:
    information = each.information
    counts = status_counts(each)
    tally = ", ".join(f"{counts[status]} {status}" for status in STATUS_MEANINGS if counts[status])
    lines = [f"\n## {information.name}\n", f"\n{information.title}: {tally}.\n"]
    if information.base:
        lines.append(f"\nBase: `{information.base}`. {information.notes or ''}".rstrip() + "\n")
    elif information.notes:
        lines.append(f"\n{information.notes}\n")
    lines.append("\n| row | value | unit | status | sweep | source |\n|---|---|---|---|---|---|\n")
    for name, quantity in each.quantities.items():
        if name not in each.borrowed:
            cells = (f"`{name}`", _numbers(quantity.value), quantity.unit, quantity.status)
            lines.append("| " + " | ".join([*cells, _sweep(quantity), _source(quantity)]) + " |\n")
    if each.borrowed:
        lines.append(f"\nBorrowed: {', '.join(f'`{name}`' for name in each.borrowed)}.\n")
    return "".join(lines)


def _status(each: ParameterSet, name: str) -> str:
    status = each.quantities[name].status
    return f"borrowed from {each.borrowed[name]} ({status} there)" if name in each.borrowed else status


def _sweep(quantity: Quantity) -> str:
    if quantity.sweep:
        return f"{quantity.sweep[0]:g} to {quantity.sweep[1]:g}"
    if quantity.sweep_factors:
        return f"x{quantity.sweep_factors[0]:g} to x{quantity.sweep_factors[1]:g}"
    return ""


def _source(quantity: Quantity) -> str:
    parts = [quantity.source]
    if quantity.conditions:
        parts.append(f"conditions: {quantity.conditions}")
    if quantity.spread is not None:
        parts.append(f"spread: {_numbers(quantity.spread)} {quantity.unit}")
    if quantity.interval is not None:
        parts.append(f"95 % interval: {_interval(quantity.interval)}")
    if quantity.doi:
        parts.append(f"doi:{quantity.doi}")
    return "; ".join(parts)


def _interval(interval: tuple[float, float] | tuple[tuple[float, float], ...]) -> str:
    pairs = [interval] if isinstance(interval[0], float | int) else list(interval)
    return ", ".join(f"{pair[0]:g} to {pair[1]:g}" for pair in pairs)


def _numbers(value: float | tuple[float, ...]) -> str:
    return ", ".join(f"{number:.6g}" for number in (value if isinstance(value, tuple) else (value,)))
