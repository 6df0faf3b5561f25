"""Tables on terminals that are too narrow for them: as lists, so that no word is cut or broken."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from ohmshot.foundation.text import printable


def fitted(table: Table, width: int) -> RenderableType:
    """Return a table, or its rows one below the other where its longest words do not fit beside one another.

    Args:
        table: of texts.
        width: columns of the terminal.
    """
    room = width - least_width(table)
    if room < 0:
        return _listed(table)
    # Rich would break words of one column while another has room: it is told every width.
    widths = [_least_of(column) for column in table.columns]
    wanted = [max((Text(line).cell_len for line in _lines(column)), default=0) for column in table.columns]
    for _ in range(room):
        place = max(range(len(widths)), key=lambda each: wanted[each] - widths[each], default=0)
        if not widths or wanted[place] <= widths[place]:
            break
        widths[place] += 1
    for column, each in zip(table.columns, widths, strict=True):
        column.width = each
    return table


def least_width(table: Table) -> int:
    """Columns that a table takes with every word whole."""
    frame = 3 * len(table.columns) + 1 if table.box is not None else 2 * (len(table.columns) - 1)
    return frame + sum(map(_least_of, table.columns))


def _least_of(column: Column) -> int:
    parts = _lines(column) if column.no_wrap else [word for text in _texts(column) for word in text.split()]
    return max(column.width or 0, *(Text(part).cell_len for part in parts), 0)


def _lines(column: Column) -> list[str]:
    return [line for text in _texts(column) for line in text.split("\n")]


def _texts(column: Column) -> list[str]:
    """The heading and the cells of a column, as they are shown."""
    return [printable(each.plain if isinstance(each, Text) else str(each)) for each in (column.header, *column.cells)]


def _listed(table: Table) -> Group:
    """The first cell of a row, and below it the others after their headings; empty ones are left out."""
    parts: list[RenderableType] = [Text(str(table.title), style="italic")] if table.title else []
    for first, *others in zip(*map(_cells, table.columns), strict=True):
        heading, head = first
        parts.append(Text(f"{heading} {head}".strip(), style="bold"))
        lines = (Text(f"{heading} {cell}".strip()) for heading, cell in others if cell)
        parts += [Padding(line, (0, 0, 0, 2)) for line in lines]
    return Group(*parts)


def _cells(column: Column) -> list[tuple[str, str]]:
    """The cells of a column, each with its heading on one line."""
    heading, *cells = _texts(column)
    words = " ".join(heading.split())
    return [(f"{words}:" if words else "", cell) for cell in cells]
