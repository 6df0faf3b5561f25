"""The host port in integers: what a host may read and write, and what each access sets off.

An AMBA APB slave of 32 bits (ARM IHI 0024C, APB3). Addresses count bytes; only whole words are accessed. An access that
cannot be served is answered with an error (``PSLVERR``) and changes nothing. While the controller is busy nothing can
be written and no memory be read; registers can be read at any time.
"""

from dataclasses import dataclass
from enum import IntEnum

from ohmshot.controller.pulse_sequencer import BUDGET_BITS

IDENTITY = 0x4F484D31
"""What the first register reads: "OHM1"."""
EXAMPLES, WEIGHTS = 0x400, 0x800
"""Where the windows of the two memories begin; each reaches to the next, 256 words."""
WINDOW = 0x400
"""Bytes of a window."""
ADDRESS_BITS = 12
COUNT_BITS = 10
"""Bits of the counters of orders."""
CELLS, LEVELS = 2048, 9


class Register(IntEnum):
    """Addresses."""

    IDENTITY = 0x00
    """Read: `IDENTITY`."""
    STATUS = 0x04
    """Read: bit 0 busy; bit 1 halted by an error of the array; bit 2 a train was refused since the last command."""
    COMMAND = 0x08
    """Write: a `Command`."""
    BUDGET = 0x0C
    """Read, write: pulses that may still be given."""
    ORDER = 0x10
    """Write: cell + (level << 16): bring one cell to a level."""
    UPDATE = 0x14
    """Read, write: number of the next update."""
    CHANGED = 0x18
    """Read: cells that were ordered since the last command."""
    MISSED = 0x1C
    """Read: how many of them missed their level."""
    ANSWER = 0x20
    """Read: class of the example that was answered last."""


class Command(IntEnum):
    """What the controller can be told to do."""

    UPDATE = 1
    """Make one update: measure, learn, write."""
    ANSWER = 2
    """Tell the class of the example behind those of the support set."""
    CLEAR = 3
    """Forget an error of the array."""
    STANDARDISE = 4
    """Bring the features of the support set to their standard; where the gates have a standardiser, once a task. The
    example to answer is brought to it when it is answered."""


@dataclass(frozen=True)
class Sizes:
    """What there is to address.

    Attributes:
        example_words: words of the memory of examples.
        weights: words of the memory of weights.
        weight_bits: of a weight.
        updates: that the gates have rates for.
        standardises: whether the gates have a standardiser.
    """

    example_words: int
    weights: int
    weight_bits: int
    updates: int
    standardises: bool = False


@dataclass(frozen=True)
class Status:
    """What the controller tells the port."""

    busy: bool
    halted: bool
    refused: bool
    budget: int
    update: int
    changed: int
    missed: int
    answer: int


@dataclass(frozen=True)
class Effect:
    """What an access sets off.

    Attributes:
        what: "update", "answer", "clear", "standardise", "load", "order", "set_update", "example" or "weight".
        address: of the word of a memory.
        write: whether that word is written.
        value: written, loaded or ordered.
    """

    what: str
    address: int = 0
    write: bool = False
    value: int = 0


@dataclass(frozen=True)
class Reply:
    """How an access ends.

    Attributes:
        error: it was refused.
        data: what a register reads; a memory's word comes from the memory.
        effect: what it sets off; None for nothing.
    """

    error: bool = False
    data: int = 0
    effect: Effect | None = None


_REFUSED = Reply(error=True)


def access(sizes: Sizes, status: Status, address: int, write: bool, data: int) -> Reply:
    """Answer one access.

    Args:
        sizes: what there is.
        status: of the controller.
        address: in bytes.
        write: or read.
        data: 32 bits, of a write.
    """
    if address % 4:
        return _REFUSED
    for what, begin, words, bits in (
        ("example", EXAMPLES, sizes.example_words, 32),
        ("weight", WEIGHTS, sizes.weights, sizes.weight_bits),
    ):
        if begin <= address < begin + WINDOW:
            word = (address - begin) // 4
            if status.busy or word >= words:
                return _REFUSED
            return Reply(effect=Effect(what, word, write, data & ((1 << bits) - 1) if write else 0))
    return _write(sizes, status, address, data) if write else _read(status, address)


def _read(status: Status, address: int) -> Reply:
    values = {
        Register.IDENTITY: IDENTITY,
        Register.STATUS: status.busy | status.halted << 1 | status.refused << 2,
        Register.BUDGET: status.budget,
        Register.UPDATE: status.update,
        Register.CHANGED: status.changed,
        Register.MISSED: status.missed,
        Register.ANSWER: status.answer,
    }
    return Reply(data=values[Register(address)]) if address in values else _REFUSED


def _write(sizes: Sizes, status: Status, address: int, data: int) -> Reply:
    if status.busy:
        return _REFUSED
    if address == Register.COMMAND:
        if data == Command.UPDATE and status.update < sizes.updates:
            return Reply(effect=Effect("update"))
        if data in (Command.ANSWER, Command.CLEAR) or (data == Command.STANDARDISE and sizes.standardises):
            return Reply(effect=Effect(Command(data).name.lower()))
    if address == Register.BUDGET and data < 1 << BUDGET_BITS:
        return Reply(effect=Effect("load", value=data))
    if address == Register.UPDATE and data < sizes.updates:
        return Reply(effect=Effect("set_update", value=data))
    cell, level = data & 0xFFFF, data >> 16
    if address == Register.ORDER and cell < CELLS and level < LEVELS:
        return Reply(effect=Effect("order", value=data))
    return _REFUSED
