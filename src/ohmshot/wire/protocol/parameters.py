"""From the arguments of a unit to values: types, units and ranges, checked before anything happens."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from ohmshot.wire.protocol.blocks import ByteOrder, array_from_bytes
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.grammar import Argument, Block, Channels, Number, Text, Word

Kind = TypeVar("Kind", Number, Word, Text, Block, Channels)

HIGHEST_VOLTAGE = 10.0
"""V, of a pulse or a row: far beyond any 1T1R cell, so only slips of the pen are refused here."""
LONGEST_WAIT_S = 1e12
HIGHEST_CELSIUS = 1000.0
ZERO_CELSIUS_K = 273.15

VOLTS = {"": 1.0, "V": 1.0, "MV": 1e-3, "UV": 1e-6}
SECONDS = {"": 1.0, "S": 1.0, "MS": 1e-3, "US": 1e-6, "NS": 1e-9, "MIN": 60.0, "HR": 3600.0}
CELSIUS = {"": 1.0, "CEL": 1.0}
PLAIN = {"": 1.0}


@dataclass(frozen=True)
class Context:
    """What a message is read against.

    Attributes:
        chips: in the batch.
        rows: of a chip.
        columns: of a chip.
        order: of the bytes in blocks.
    """

    chips: int
    rows: int
    columns: int
    order: ByteOrder = "NORMAL"

    @property
    def cells(self) -> int:
        """Of the whole batch."""
        return self.chips * self.rows * self.columns


class Arguments:
    """The arguments of one unit, taken one after another.

    Args:
        arguments: of the unit.
        context: what they are read against.
    """

    def __init__(self, arguments: tuple[Argument, ...], context: Context) -> None:
        self._left = deque(arguments)
        self.context = context
        self.cells_taken = 0

    @property
    def left(self) -> int:
        """How many have not been taken."""
        return len(self._left)

    def take(self, kind: type[Kind]) -> Kind:
        """Return the next argument.

        Raises:
            CommandError: there is none, or it is of another kind.
        """
        if not self._left:
            raise CommandError(Code.MISSING_PARAMETER)
        first = self._left[0]
        if not isinstance(first, kind):
            raise CommandError(Code.DATA_TYPE, f"a {type(first).__name__.lower()} does not fit here")
        self._left.popleft()
        return first

    def next_is(self, kind: type[Kind]) -> bool:
        """Whether the next argument is of a kind."""
        return bool(self._left) and isinstance(self._left[0], kind)

    def take_array(self, dtype: torch.dtype, units: dict[str, float]) -> Tensor:
        """Return all that is left as one array: a block, or numbers; [n].

        Raises:
            CommandError: there is nothing, something else, or numbers that do not fit the type.
        """
        if self.next_is(Block):
            return array_from_bytes(self.take(Block).content, dtype, self.context.order)
        values = [_scaled(self.take(Number), units)]
        while self._left:
            values.append(_scaled(self.take(Number), units))
        if not dtype.is_floating_point:
            for value in values:
                if value != int(value) or abs(value) >= 2**31:
                    raise CommandError(Code.DATA_TYPE, f"{value:g} is no 32-bit integer")
        return torch.tensor(values, dtype=dtype)

    def finish(self) -> None:
        """Refuse arguments that nobody took."""
        if self._left:
            raise CommandError(Code.PARAMETER_NOT_ALLOWED, f"{len(self._left)} arguments too many")


Parameter = Callable[[Arguments], object]
"""Takes what it needs from the arguments and returns the value."""


def _scaled(number: Number, units: dict[str, float]) -> float:
    if number.suffix not in units:
        known = ", ".join(sorted(unit for unit in units if unit)) or "none"
        raise CommandError(Code.SUFFIX, f"'{number.suffix}' is no unit here; known: {known}")
    return number.value * units[number.suffix]


def real(units: dict[str, float], low: float, high: float, default: float | None = None) -> Parameter:
    """One number with a unit, within a range."""

    def take(arguments: Arguments) -> float:
        if default is not None and not arguments.left:
            return default
        value = _scaled(arguments.take(Number), units)
        if not low <= value <= high:
            raise CommandError(Code.OUT_OF_RANGE, f"{value:g} does not lie between {low:g} and {high:g}")
        return value

    return take


def integer(low: int, high: int) -> Parameter:
    """One whole number within a range."""
    number = real(PLAIN, low, high)

    def take(arguments: Arguments) -> int:
        value = number(arguments)
        assert isinstance(value, float)
        if value != int(value):
            raise CommandError(Code.DATA_TYPE, f"{value} is no whole number")
        return int(value)

    return take


def choice(*names: str) -> Parameter:
    """One of some words, each in its short or long form (capitals are the short one); gives the long one."""
    known = {form: name.upper() for name in names for form in (name.upper(), short_form(name))}

    def take(arguments: Arguments) -> str:
        word = arguments.take(Word)
        if word.text not in known:
            raise CommandError(Code.ILLEGAL_VALUE, f"choose one of {', '.join(names)}")
        return known[word.text]

    return take


def text(arguments: Arguments) -> str:
    """One string."""
    return arguments.take(Text).text


def content(arguments: Arguments) -> bytes:
    """The bytes of one block."""
    return arguments.take(Block).content


def cells(arguments: Arguments) -> Tensor:
    """Addresses of cells, rising: a channel list or a block of int32; int64 [n]."""
    if arguments.next_is(Block):
        content = arguments.take(Block).content
        addresses = array_from_bytes(content, torch.int32, arguments.context.order).to(torch.int64)
    else:
        addresses = _expanded(arguments.take(Channels), arguments.context.cells)
    check_cells(addresses, arguments.context.cells)
    arguments.cells_taken = len(addresses)
    return addresses


def cells_or_all(arguments: Arguments) -> Tensor:
    """The same; every cell where nothing is given."""
    return cells(arguments) if arguments.left else torch.arange(arguments.context.cells)


def check_cells(addresses: Tensor, total: int) -> None:
    """Refuse addresses that lie outside or do not rise."""
    if not len(addresses):
        return
    if int(addresses[0]) < 0 or int(addresses[-1]) >= total:
        raise CommandError(Code.OUT_OF_RANGE, f"cell addresses run from 0 to {total - 1}")
    if not bool((addresses[1:] > addresses[:-1]).all()):
        raise CommandError(Code.ILLEGAL_VALUE, "cell addresses must rise, each once")


def _expanded(channels: Channels, total: int) -> Tensor:
    parts, last_before = [], -1
    for first, last in channels.ranges:
        if last >= total:
            raise CommandError(Code.OUT_OF_RANGE, f"cell addresses run from 0 to {total - 1}")
        if first <= last_before or last < first:
            raise CommandError(Code.ILLEGAL_VALUE, "cell addresses must rise, each once")
        parts.append(torch.arange(first, last + 1))
        last_before = last
    return torch.cat(parts)


def pulse_voltages(arguments: Arguments) -> Tensor:
    """One voltage for all cells, or one a cell: V, float32 [n]."""
    values = arguments.take_array(torch.float32, VOLTS)
    count = arguments.cells_taken
    if len(values) == 1:
        values = values.expand(count).contiguous()
    if len(values) != count:
        raise CommandError(Code.ILLEGAL_VALUE, f"{count} cells need 1 or {count} voltages, not {len(values)}")
    check_range(values, 0.0, HIGHEST_VOLTAGE)
    return values


def row_voltages(arguments: Arguments, rows: int | None = None) -> Tensor:
    """Voltages of some rows, or of all, for some inputs: V, float32 [chips, inputs, rows]."""
    context = arguments.context
    rows = rows or context.rows
    values = arguments.take_array(torch.float32, VOLTS)
    if not len(values) or len(values) % (context.chips * rows):
        raise CommandError(
            Code.ILLEGAL_VALUE, f"{len(values)} voltages are no multiple of {context.chips} chips x {rows} rows"
        )
    check_range(values, -HIGHEST_VOLTAGE, HIGHEST_VOLTAGE)
    return values.view(context.chips, -1, rows)


def driven_rows(arguments: Arguments) -> tuple[int, Tensor]:
    """First row, number of rows, and their voltages for some inputs: the row, and V, float32 [chips, inputs, rows]."""
    context = arguments.context
    first, count = integer(0, context.rows - 1)(arguments), integer(1, context.rows)(arguments)
    assert isinstance(first, int)
    assert isinstance(count, int)
    if first + count > context.rows:
        raise CommandError(Code.OUT_OF_RANGE, f"rows run from 0 to {context.rows - 1}")
    return first, row_voltages(arguments, count)


def check_range(values: Tensor, low: float, high: float) -> None:
    """Refuse numbers outside a range, and what is no number."""
    if len(values) and not bool(((values >= low) & (values <= high)).all()):
        raise CommandError(Code.OUT_OF_RANGE, f"a value does not lie between {low:g} and {high:g}")


def codes(low: int, high: int) -> Parameter:
    """One small integer for all cells, or one a cell: int8 [n]."""

    def take(arguments: Arguments) -> Tensor:
        values = arguments.take_array(torch.int32, PLAIN)
        count = arguments.cells_taken
        values = values.expand(count) if len(values) == 1 else values
        if len(values) != count:
            raise CommandError(Code.ILLEGAL_VALUE, f"{count} cells need 1 or {count} codes, not {len(values)}")
        check_range(values, low, high)
        return values.to(torch.int8)

    return take


def chips_and_lives(most: int) -> Parameter:
    """Chip numbers and lives in turn, at most so many pairs: a tuple of pairs."""

    def take(arguments: Arguments) -> tuple[tuple[int, int], ...]:
        values = arguments.take_array(torch.int32, PLAIN)
        if not 2 <= len(values) <= 2 * most or len(values) % 2:
            raise CommandError(Code.ILLEGAL_VALUE, f"give 1 to {most} pairs of a chip number and a life")
        check_range(values, 0, 2**31 - 1)
        return tuple((int(number), int(life)) for number, life in values.view(-1, 2).tolist())

    return take


def short_form(name: str) -> str:
    """Return the capitals of a SCPI name: ``RESet`` is "RES"."""
    return "".join(letter for letter in name if not letter.islower())
