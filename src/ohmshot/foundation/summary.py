"""What a person wants to know of an object: its short `repr`, and a small table of it in a notebook."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

PREFIXES = {0: "", -1: "m", -2: "µ", -3: "n", -4: "p", -5: "f"}
"""Of the powers of 1000."""


@dataclass(frozen=True)
class Summary:
    """What is shown of an object.

    Attributes:
        text: one line, for its `repr`.
        rows: of its table; texts.
        headings: over the columns; none where the first column names what stands in the row.
    """

    text: str
    rows: Sequence[Sequence[str]]
    headings: Sequence[str] = ()


class Summarised:
    """An object that shows its `Summary`, however many numbers it holds."""

    def _summary(self) -> Summary:
        """Return what a person wants to know of this object."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._summary().text})"

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        summary = self._summary()
        return html_table(f"{type(self).__name__}: {summary.text}", summary.rows, summary.headings)


def html_table(caption: str, rows: Sequence[Sequence[str]], headings: Sequence[str] = ()) -> str:
    """Return a table in HTML; every text is escaped, so that names of a person's own files do no harm.

    Args:
        caption: above the table.
        rows: texts, as many in every row.
        headings: over the columns; none where the first column names what stands in the row.
    """
    head = f"<thead><tr>{_cells('th', headings)}</tr></thead>" if headings else ""
    body = "".join(f"<tr>{_cells('th', row[:1])}{_cells('td', row[1:])}</tr>" for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"


def _cells(kind: str, texts: Sequence[str]) -> str:
    return "".join(f"<{kind}>{html.escape(text)}</{kind}>" for text in texts)


def with_unit(value: float, unit: str) -> str:
    """Write a number of an SI unit with three digits, such as "295 nJ" for 2.95e-7 and J."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g} {unit}"
    power = min(0, max(min(PREFIXES), math.floor(math.log10(abs(float(f"{value:.3g}"))) / 3)))
    scaled = value / 1000.0**power
    return f"{scaled:,.0f} {PREFIXES[power]}{unit}" if abs(scaled) >= 1000 else f"{scaled:.3g} {PREFIXES[power]}{unit}"


def percent(share: float, half: float | None = None) -> str:
    """Write a share of 1 in per cent, with the half width of its interval where there is one."""
    return f"{100 * share:.1f} %" if half is None else f"{100 * share:.1f} ± {100 * half:.1f} %"
