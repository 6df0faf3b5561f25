"""Two parameter sets side by side: the rows that differ, and whether their intervals leave that to chance."""

from dataclasses import dataclass

from rich.table import Table

from ohmshot.cell.parameter_set import ParameterSet, Quantity, as_tuple, row_rules
from ohmshot.report.parameter_page import row_source, row_status
from ohmshot.report.table import numbers_text, terminal_table

Interval = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class DifferingRow:
    """A row in which two sets differ.

    Attributes:
        name: of the row.
        unit: of its numbers.
        values: of the first and of the second set, as text.
        ratio: the second over the first as text; empty where lists differ in length or a number is not above 0.
        chance: whether the intervals allow both to be the same, in words.
        sources: status and source in each set.
    """

    name: str
    unit: str
    values: tuple[str, str]
    ratio: str
    chance: str
    sources: tuple[str, str]


def differing_rows(first: ParameterSet, second: ParameterSet) -> list[DifferingRow]:
    """Rows whose numbers differ by more than a millionth, in the order of a set."""
    found = []
    for name in row_rules():
        one, other = first.quantities.get(name), second.quantities.get(name)
        if one is None or other is None:
            if one is not other:
                found.append(_of_one_set(name, first, second))
            continue
        if _same(one, other):
            continue
        sources = tuple(f"{row_status(each, name)}: {row_source(each.quantities[name])}" for each in (first, second))
        values = numbers_text(one.value), numbers_text(other.value)
        found.append(
            DifferingRow(name, one.unit, values, _ratio(one, other), _chance(one, other), (sources[0], sources[1]))
        )
    return found


def _of_one_set(name: str, first: ParameterSet, second: ParameterSet) -> DifferingRow:
    """A row of a law that only one of the sets has data for."""
    rows = [each.quantities.get(name) for each in (first, second)]
    unit = next(row.unit for row in rows if row is not None)
    values, sources = (["" if row is None else word(row) for row in rows] for word in (_value_words, row_source))
    return DifferingRow(name, unit, (values[0], values[1]), "", "", (sources[0], sources[1]))


def _value_words(row: Quantity) -> str:
    return numbers_text(row.value)


def comparison_table(first: ParameterSet, second: ParameterSet, rows: list[DifferingRow]) -> Table:
    """One line a differing row."""
    names = [each.information.name for each in (first, second)]
    names = names if names[0] != names[1] else [f"{names[0]} (1)", f"{names[1]} (2)"]
    headings = ("row", "unit", *names, "second / first", "intervals", "sources")
    lines = [
        (
            each.name,
            each.unit.replace("1", "") if each.unit == "1" else each.unit,
            *each.values,
            each.ratio,
            each.chance,
            "\n".join(each.sources),
        )
        for each in rows
    ]
    return terminal_table("Rows that differ", headings, lines, text=len(headings))


def _same(one: Quantity, other: Quantity) -> bool:
    values, others = as_tuple(one.value), as_tuple(other.value)
    return len(values) == len(others) and all(
        abs(a - b) <= 1e-6 * max(abs(a), abs(b)) for a, b in zip(values, others, strict=True)
    )


def _ratio(one: Quantity, other: Quantity) -> str:
    values, others = as_tuple(one.value), as_tuple(other.value)
    if len(values) != len(others) or any(value <= 0 for value in (*values, *others)):
        return ""
    return ", ".join(f"{b / a:.3g}" for a, b in zip(values, others, strict=True))


def _chance(one: Quantity, other: Quantity) -> str:
    """Whether each number lies within the other set's interval, or the intervals overlap; empty where there is none."""
    ranges = _range(one), _range(other)
    if ranges == (None, None):
        return ""
    left, right = (
        known if known is not None else tuple((value, value) for value in as_tuple(each.value))
        for known, each in zip(ranges, (one, other), strict=True)
    )
    if len(left) != len(right):
        return ""
    overlap = [a[0] <= b[1] and b[0] <= a[1] for a, b in zip(left, right, strict=True)]
    return "overlap" if all(overlap) else "apart" if not any(overlap) else f"{sum(overlap)} of {len(overlap)} overlap"


def _range(quantity: Quantity) -> Interval | None:
    if quantity.interval is None:
        return None
    first = quantity.interval[0]
    return quantity.interval if isinstance(first, tuple) else (quantity.interval,)  # type: ignore[return-value]
