"""Numbers as C99: definitions and constant tables."""

from collections.abc import Iterable, Mapping, Sequence

WIDTH = 116
"""Characters of a line."""


def defines(numbers: Mapping[str, int | str]) -> str:
    """One `#define` a number; names get the prefix `OHM_`."""
    return "\n".join(f"#define OHM_{name} {_number(value)}" for name, value in numbers.items())


def table(kind: str, name: str, values: Iterable[int]) -> str:
    """A constant table of one dimension; one of no values holds a 0, since C has no empty array."""
    held = list(values) or [0]
    return f"static const {kind} {name}[{len(held)}] = {_list(held)};"


def rows(kind: str, name: str, values: Sequence[Sequence[int]]) -> str:
    """A constant table of two dimensions."""
    inner = ",\n    ".join(_list(row) for row in values)
    return f"static const {kind} {name}[{len(values)}][{len(values[0])}] = {{\n    {inner}}};"


def guarded(guard: str, tables: Iterable[str]) -> str:
    """Tables that one source alone sees: static tables that are not used would be warned of elsewhere."""
    return "\n".join([f"#ifdef {guard}", *tables, "#endif"])


def _list(values: Sequence[int]) -> str:
    lines, line = [], ""
    for value in values:
        text = f"{value}, "
        if len(line) + len(text) > WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += text
    return "{" + "\n    ".join([*lines, line.rstrip(", ")]) + "}"


def _number(value: int | str) -> str:
    """A literal; negative ones of a definition in brackets, as an operator may stand before them."""
    return f"({value})" if isinstance(value, int) and value < 0 else str(value)
