"""Functions of cells as Liberty writes them, and as truth tables."""

import re
from collections.abc import Mapping, Sequence

from ohmshot.foundation.errors import DataError

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[01]|[()!'^&|*+])")


def truth_table(function: str, inputs: Sequence[str]) -> int:
    """Truth table of a function: bit k is its value where input i has bit i of k.

    Args:
        function: names, 0, 1, ``!`` before and ``'`` behind for not, ``^`` xor, ``&``, ``*`` or nothing for and, ``|``
            or ``+`` for or, parentheses; not binds most, then xor, then and, then or (Liberty User Guide).
        inputs: names, at most 6.

    Raises:
        DataError: it cannot be read, or names something else.
    """
    tokens = _tokens(function)
    table = 0
    for k in range(1 << len(inputs)):
        values = {name: bool(k >> i & 1) for i, name in enumerate(inputs)}
        value, end = _or(tokens, 0, values)
        if end != len(tokens):
            raise DataError(f"The function {function!r} of a cell cannot be read.")
        table |= value << k
    return table


def _tokens(function: str) -> list[str]:
    tokens, place = [], 0
    while place < len(function.rstrip()):
        found = _TOKEN.match(function, place)
        if found is None:
            raise DataError(f"The function {function!r} of a cell cannot be read.")
        tokens.append(found.group(1))
        place = found.end()
    return tokens


def _or(tokens: list[str], at: int, values: Mapping[str, bool]) -> tuple[bool, int]:
    value, at = _and(tokens, at, values)
    while at < len(tokens) and tokens[at] in "|+":
        other, at = _and(tokens, at + 1, values)
        value |= other
    return value, at


def _and(tokens: list[str], at: int, values: Mapping[str, bool]) -> tuple[bool, int]:
    value, at = _xor(tokens, at, values)
    while at < len(tokens) and tokens[at] not in "|+)":
        other, at = _xor(tokens, at + (tokens[at] in "&*"), values)
        value &= other
    return value, at


def _xor(tokens: list[str], at: int, values: Mapping[str, bool]) -> tuple[bool, int]:
    value, at = _not(tokens, at, values)
    while at < len(tokens) and tokens[at] == "^":
        other, at = _not(tokens, at + 1, values)
        value ^= other
    return value, at


def _not(tokens: list[str], at: int, values: Mapping[str, bool]) -> tuple[bool, int]:
    if at >= len(tokens):
        raise DataError("The function of a cell ends too early.")
    token = tokens[at]
    if token == "!":
        value, at = _not(tokens, at + 1, values)
        return not value, at
    if token == "(":
        value, at = _or(tokens, at + 1, values)
        at += 1
    elif token in ("0", "1"):
        value, at = token == "1", at + 1
    elif token in values:
        value, at = values[token], at + 1
    else:
        raise DataError(f"The function of a cell names {token!r}, which is none of its inputs.")
    while at < len(tokens) and tokens[at] == "'":
        value, at = not value, at + 1
    return value, at
