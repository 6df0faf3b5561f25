"""What a message may cost, in memory and time, known before any of it is carried out.

The times are of one core: 0.1 us for a pulse, a read or a wait of a cell, 0.14 us for an attempt of a plan, 1 ns for a
product of a multiply, 1.6 us for a number in text. So a message takes about 10 s at most, whatever it says. The bounds
let every batch of chips that a simulator holds be written, read or multiplied in one message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ohmshot.programming.policy import Plan
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.parameters import MOST_CHIPS, Context

MOST_OPERATIONS = 2**24
"""Pulses, reads and waits of cells in one message."""
MOST_ATTEMPTS_OF_PLANS = 2**26
"""Cells times attempts that a plan allows each, in one message."""
MOST_PRODUCTS = 2**31
"""Voltages times conductances in one message."""
MOST_ANSWER_BYTES = 64 * 2**20
"""Bytes of the answers of one message."""
_TEXT = {torch.float32: 16, torch.float64: 25, torch.int64: 21, torch.int32: 12, torch.int8: 5}
"""Most characters of a number and its comma."""
METER_ROWS = 5


@dataclass(frozen=True)
class Cost:
    """What one command takes at most.

    Attributes:
        operations: pulses, reads or waits of cells.
        attempts: cells times attempts of a plan.
        products: of a multiply.
        numbers: in the answer.
        dtype: of these.
    """

    operations: int = 0
    attempts: int = 0
    products: int = 0
    numbers: int = 0
    dtype: torch.dtype = torch.float32

    def answer_bytes(self, as_text: bool) -> int:
        """Bytes of the answer at most."""
        return self.numbers * (_TEXT[self.dtype] if as_text else self.dtype.itemsize)


def free(context: Context, *values: Any) -> Cost:
    """Of what does not touch the cells."""
    return Cost()


def of_cells(context: Context, cells: Tensor, *values: Any) -> Cost:
    """Of a pulse or a code for some cells."""
    return Cost(operations=len(cells))


def of_read(context: Context, cells: Tensor) -> Cost:
    """Of a read of some cells."""
    return Cost(operations=len(cells), numbers=len(cells))


def of_wear(context: Context, cells: Tensor) -> Cost:
    """Of the counters of some cells; those of all are looked up."""
    return Cost(operations=context.cells, numbers=len(cells), dtype=torch.int64)


def of_health(context: Context, cells: Tensor) -> Cost:
    """Of the codes of some cells."""
    return Cost(operations=context.cells, numbers=len(cells), dtype=torch.int8)


def of_unpulsed(context: Context) -> Cost:
    """Of the list of cells without a pulse."""
    return Cost(numbers=context.cells, dtype=torch.int64)


def of_all(context: Context, *values: Any) -> Cost:
    """Of something with all cells."""
    return Cost(operations=context.cells)


def of_conductances(context: Context) -> Cost:
    """Of the conductances of all cells."""
    return Cost(operations=context.cells, numbers=context.cells)


def of_array(context: Context, array: int) -> Cost:
    """Of the addresses of one array."""
    return Cost(numbers=context.cells // context.arrays, dtype=torch.int64)


def of_meter(context: Context) -> Cost:
    """Of one row of numbers an operation."""
    return Cost(numbers=METER_ROWS * context.chips, dtype=torch.float64)


def of_plan(context: Context, plan: Plan) -> Cost:
    """Of a plan that fails on every cell."""
    cells = len(plan.cells)
    return Cost(attempts=cells * int(plan.verification.most_attempts), numbers=cells, dtype=torch.int32)


def of_multiply(context: Context, columns: slice, *rest: Any) -> Cost:
    """Of a multiply; its voltages, [chips, inputs, rows], are the last value."""
    width, volts = columns.stop - columns.start, rest[-1]
    chips, inputs, _ = volts.shape
    return Cost(products=volts.numel() * width, numbers=chips * inputs * width)


def of_fresh(context: Context, pairs: tuple[tuple[int, int], ...]) -> Cost:
    """Of fresh chips.

    Raises:
        CommandError: they would not fit into the tester.
    """
    each = context.rows * context.columns
    if len(pairs) > most_chips(each):
        raise CommandError(Code.TOO_MUCH_DATA, f"at most {most_chips(each)} chips of {each} cells at once")
    return Cost(operations=len(pairs) * each)


MOST_CELLS_OF_A_BATCH = 2**20
"""Cells of all chips that a simulator holds at once: 64 MiB and what works on them."""


def most_chips(cells: int) -> int:
    """Chips of so many cells that a simulator holds at once; one always."""
    return max(1, min(MOST_CHIPS, MOST_CELLS_OF_A_BATCH // cells))


def require_affordable(costs: Iterable[Cost], as_text: bool) -> None:
    """Refuse a message that takes too much.

    Raises:
        CommandError: it does; nothing of it may be carried out.
    """
    costs = tuple(costs)
    for most, needed, what in (
        (MOST_OPERATIONS, sum(each.operations for each in costs), "operations on cells"),
        (MOST_ATTEMPTS_OF_PLANS, sum(each.attempts for each in costs), "attempts of its plans, all cells together"),
        (MOST_PRODUCTS, sum(each.products for each in costs), "products of its multiplies"),
        (MOST_ANSWER_BYTES, sum(each.answer_bytes(as_text) for each in costs), "bytes of answers"),
    ):
        if needed > most:
            raise CommandError(Code.TOO_MUCH_DATA, f"{needed} {what}; a message has at most {most}: send it in several")
