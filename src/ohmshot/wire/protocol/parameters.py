"""From the arguments of a unit to values: types, units and ranges, checked before anything happens.

Each function is a `Parameters`: it takes the arguments that a command needs and gives the values that its action is
called with.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, TypeVarTuple

import torch
from torch import Tensor

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.units import ROOM_CELSIUS
from ohmshot.programming.policies import plan_from
from ohmshot.programming.policy import Plan
from ohmshot.wire.protocol.blocks import ByteOrder, array_from_bytes
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.grammar import Argument, BlockData, Channels, Number, Text, Word

Kind = TypeVar("Kind", Number, Word, Text, BlockData, Channels)
Value = TypeVar("Value")
Values = TypeVarTuple("Values")

HIGHEST_VOLTAGE = 10.0
"""V, of a pulse or a row: far beyond any 1T1R cell, so only slips of the pen are refused here."""
LONGEST_WAIT_S = 1e12
HIGHEST_TARGET_US = 1e4
"""uS, of a plan: far beyond any filament."""
HIGHEST_CELSIUS = 1000.0
LOWEST_CELSIUS = -273.14
MOST_CHIPS = 256
"""Chips of the batch that a simulator holds at once."""
HIGHEST_HEALTH_CODE = 127

VOLTS = {"": 1.0, "V": 1.0, "MV": 1e-3, "UV": 1e-6}
SECONDS = {"": 1.0, "S": 1.0, "MS": 1e-3, "US": 1e-6, "NS": 1e-9, "MIN": 60.0, "HR": 3600.0}
CELSIUS = {"": 1.0, "CEL": 1.0}
PLAIN = {"": 1.0}
_CALLED = {Number: "number", Word: "word", Text: "string", BlockData: "block", Channels: "channel list"}


@dataclass(frozen=True)
class Context:
    """The chip and the byte order that a message is read against.

    Attributes:
        chips: number of chips in the batch.
        rows: word lines of a chip.
        columns: bit lines of a chip.
        arrays: arrays side by side on a chip.
        order: byte order of blocks.
    """

    chips: int
    rows: int
    columns: int
    arrays: int = 1
    order: ByteOrder = "NORMAL"

    @property
    def cells(self) -> int:
        """Cells of the whole batch."""
        return self.chips * self.rows * self.columns


class Arguments:
    """The arguments of one unit, taken one after another.

    Args:
        arguments: as the unit has them, in order.
        context: the chip and the byte order that they are read against.
    """

    def __init__(self, arguments: tuple[Argument, ...], context: Context) -> None:
        self._left = deque(arguments)
        self.context = context

    @property
    def left(self) -> int:
        """Number of arguments not taken yet."""
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
            raise CommandError(Code.DATA_TYPE, f"a {_CALLED[type(first)]} does not fit here")
        self._left.popleft()
        return first

    def next_is(self, kind: type[Argument]) -> bool:
        """Whether the next argument is of a kind."""
        return bool(self._left) and isinstance(self._left[0], kind)

    def finish(self) -> None:
        """Refuse arguments that nobody took."""
        if self._left:
            raise CommandError(Code.PARAMETER_NOT_ALLOWED, f"{len(self._left)} arguments too many")


Parameters: TypeAlias = Callable[[Arguments], tuple[*Values]]
"""Takes the arguments that a command needs and gives its values; raises CommandError where they do not fit."""


def none(arguments: Arguments) -> tuple[()]:
    """No argument."""
    return ()


def integer(low: int, high: int) -> Parameters[int]:
    """One whole number within a range."""
    return lambda arguments: (_whole(arguments, low, high),)


def choice(names: Mapping[str, Value]) -> Parameters[Value]:
    """One of some words, each in its short form (its capitals) or its long one, and what it stands for."""
    known = {form: value for name, value in names.items() for form in (name.upper(), short_form(name))}

    def take(arguments: Arguments) -> tuple[Value]:
        word = arguments.take(Word)
        if word.text not in known:
            raise CommandError(Code.ILLEGAL_VALUE, f"choose one of {', '.join(names)}")
        return (known[word.text],)

    return take


def text(arguments: Arguments) -> tuple[str]:
    """One string."""
    return (arguments.take(Text).text,)


def content(arguments: Arguments) -> tuple[bytes]:
    """The bytes of one block."""
    return (arguments.take(BlockData).content,)


def array(arguments: Arguments) -> tuple[int]:
    """The number of one array."""
    last = arguments.context.arrays - 1
    number = _whole(arguments, 0, 2**31 - 1)
    if number > last:
        raise CommandError(Code.OUT_OF_RANGE, f"arrays run from 0 to {last}")
    return (number,)


def cells(arguments: Arguments) -> tuple[Tensor]:
    """Addresses of cells, int64 [n]."""
    return (_addresses(arguments),)


def cells_or_all(arguments: Arguments) -> tuple[Tensor]:
    """Addresses of cells, int64 [n]; every cell where nothing is given."""
    return cells(arguments) if arguments.left else (torch.arange(arguments.context.cells),)


def pulses(arguments: Arguments) -> tuple[Tensor, Tensor]:
    """Addresses of cells, int64 [n], and one voltage for all or one a cell, V, float32 [n]."""
    addresses = _addresses(arguments)
    return addresses, _one_each(_array(arguments, torch.float32, VOLTS, 0.0, HIGHEST_VOLTAGE), addresses, "voltages")


def plan(arguments: Arguments) -> tuple[Plan]:
    """Description of a plan (JSON in a string), addresses of cells, and one target for all or one a cell, uS."""
    description, addresses = arguments.take(Text).text, _addresses(arguments)
    targets = _one_each(_array(arguments, torch.float32, PLAIN, 0.0, HIGHEST_TARGET_US), addresses, "targets")
    try:
        return (plan_from(description, addresses, targets),)
    except SettingsError as error:
        raise CommandError(Code.ILLEGAL_VALUE, str(error)) from error


def health_codes(arguments: Arguments) -> tuple[Tensor, Tensor]:
    """Addresses of cells, int64 [n], and one code for all or one a cell, int8 [n]."""
    addresses = _addresses(arguments)
    codes = _array(arguments, torch.int32, PLAIN, 0, HIGHEST_HEALTH_CODE)
    return addresses, _one_each(codes, addresses, "codes").to(torch.int8)


def multiply(arguments: Arguments) -> tuple[slice, Tensor]:
    """Columns that are converted, and the voltages of all rows for some inputs: V, float32 [chips, inputs, rows]."""
    columns = _run(arguments, arguments.context.columns, "columns")
    return columns, _row_voltages(arguments, arguments.context.rows)


def multiply_rows(arguments: Arguments) -> tuple[slice, slice, Tensor]:
    """Columns that are converted, rows that are driven, and their voltages: V, float32 [chips, inputs, driven rows]."""
    columns = _run(arguments, arguments.context.columns, "columns")
    rows = _run(arguments, arguments.context.rows, "rows")
    return columns, rows, _row_voltages(arguments, rows.stop - rows.start)


def wait(arguments: Arguments) -> tuple[float, float]:
    """Seconds, and degrees Celsius: 25 where they are left out."""
    seconds = _number(arguments, SECONDS, 0, LONGEST_WAIT_S)
    return seconds, _number(arguments, CELSIUS, LOWEST_CELSIUS, HIGHEST_CELSIUS) if arguments.left else ROOM_CELSIUS


def chips_and_lives(arguments: Arguments) -> tuple[tuple[tuple[int, int], ...]]:
    """Chip numbers and lives in turn: pairs of both."""
    values = _array(arguments, torch.int32, PLAIN, 0, 2**31 - 1)
    if not 2 <= len(values) <= 2 * MOST_CHIPS or len(values) % 2:
        raise CommandError(Code.ILLEGAL_VALUE, f"give 1 to {MOST_CHIPS} pairs of a chip number and a life")
    return (tuple((int(number), int(life)) for number, life in values.view(-1, 2).tolist()),)


def check_addresses(addresses: Tensor, total: int) -> None:
    """Refuse addresses of cells, int64 [n], that lie outside a batch of so many cells or do not rise.

    Raises:
        CommandError: an address lies outside (-222), or they do not rise (-224).
    """
    if len(addresses) and (int(addresses[0]) < 0 or int(addresses[-1]) >= total):
        raise CommandError(Code.OUT_OF_RANGE, f"cell addresses run from 0 to {total - 1}")
    if not bool((addresses[1:] > addresses[:-1]).all()):
        raise CommandError(Code.ILLEGAL_VALUE, "cell addresses must rise, each once")


def short_form(name: str) -> str:
    """Return the capitals of a SCPI name: ``RESet`` is "RES"."""
    return "".join(letter for letter in name if not letter.islower())


def _scaled(number: Number, units: Mapping[str, float]) -> float:
    """Number in the unit whose factor is 1."""
    if number.suffix not in units:
        known = ", ".join(sorted(unit for unit in units if unit)) or "none"
        raise CommandError(Code.SUFFIX, f"'{number.suffix}' is no unit here; known: {known}")
    return number.value * units[number.suffix]


def _number(arguments: Arguments, units: Mapping[str, float], low: float, high: float) -> float:
    value = _scaled(arguments.take(Number), units)
    if not low <= value <= high:
        raise CommandError(Code.OUT_OF_RANGE, f"{value:g} does not lie between {low:g} and {high:g}")
    return value


def _whole(arguments: Arguments, low: int, high: int) -> int:
    value = _number(arguments, PLAIN, low, high)
    if value != int(value):
        raise CommandError(Code.DATA_TYPE, f"{value} is no whole number")
    return int(value)


def _run(arguments: Arguments, total: int, name: str) -> slice:
    """The first of some neighbouring lines and their number."""
    first, count = _whole(arguments, 0, 2**31 - 1), _whole(arguments, 1, 2**31 - 1)
    if first + count > total:
        raise CommandError(Code.OUT_OF_RANGE, f"{name} run from 0 to {total - 1}")
    return slice(first, first + count)


def _array(arguments: Arguments, dtype: torch.dtype, units: Mapping[str, float], low: float, high: float) -> Tensor:
    """All that is left: a block, or numbers; [n]."""
    if arguments.next_is(BlockData):
        values = array_from_bytes(arguments.take(BlockData).content, dtype, arguments.context.order)
    else:
        numbers = [_scaled(arguments.take(Number), units)]
        while arguments.left:
            numbers.append(_scaled(arguments.take(Number), units))
        for number in [] if dtype.is_floating_point else numbers:
            if number != int(number) or abs(number) >= 2**31:
                raise CommandError(Code.DATA_TYPE, f"{number:g} is no 32-bit integer")
        values = torch.tensor(numbers, dtype=dtype)
    if not bool(((values >= low) & (values <= high)).all()):  # what is no number is out of range too
        raise CommandError(Code.OUT_OF_RANGE, f"a value does not lie between {low:g} and {high:g}")
    return values


def _addresses(arguments: Arguments) -> Tensor:
    """Addresses of cells, a channel list or a block of int32; int64 [n]."""
    total = arguments.context.cells
    if not arguments.next_is(BlockData):
        return _expanded(arguments.take(Channels), total)
    content = arguments.take(BlockData).content
    addresses = array_from_bytes(content, torch.int32, arguments.context.order).to(torch.int64)
    check_addresses(addresses, total)
    return addresses


def _expanded(channels: Channels, total: int) -> Tensor:
    parts, last_before = [], -1
    for first, last in channels.ranges:  # checked before they are written out, which could take any memory
        if last >= total:
            raise CommandError(Code.OUT_OF_RANGE, f"cell addresses run from 0 to {total - 1}")
        if first <= last_before or last < first:
            raise CommandError(Code.ILLEGAL_VALUE, "cell addresses must rise, each once")
        parts.append(torch.arange(first, last + 1))
        last_before = last
    return torch.cat(parts)


def _one_each(values: Tensor, addresses: Tensor, name: str) -> Tensor:
    """Give every cell its value, where there is one for all or one a cell."""
    count = len(addresses)
    if len(values) not in (1, count):
        raise CommandError(Code.ILLEGAL_VALUE, f"{count} cells need 1 or {count} {name}, not {len(values)}")
    return values.expand(count).contiguous()


def _row_voltages(arguments: Arguments, rows: int) -> Tensor:
    chips = arguments.context.chips
    values = _array(arguments, torch.float32, VOLTS, -HIGHEST_VOLTAGE, HIGHEST_VOLTAGE)
    if not len(values) or len(values) % (chips * rows):
        raise CommandError(Code.ILLEGAL_VALUE, f"{len(values)} voltages are no multiple of {chips} chips x {rows} rows")
    return values.view(chips, -1, rows)
