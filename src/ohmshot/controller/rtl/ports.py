"""Ports that blocks share."""

from amaranth.hdl import signed
from amaranth.lib.wiring import In, Member, Out, Signature

from ohmshot.controller.pulse_converters import PULSE_BITS, VERIFY_BITS
from ohmshot.controller.pulse_sequencer import BUDGET_BITS
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build
from ohmshot.controller.write_verify import WIDTHS

OUTCOME_BITS = 2
CELL_BITS = 11
"""Address of a cell of the 2-kbit array: word line * 64 + bit line."""


def array_port(verify_bits: int = VERIFY_BITS) -> Signature:
    """Return the port of the cells, as the controller sees it.

    A strobe is high as long as its pulse lasts; the cell and the amplitude stand still meanwhile. The code of a read is
    taken in its last cycle. The array holds ``error`` as long as its supply is broken or it is too hot.

    Args:
        verify_bits: of the code of a read.
    """
    return Signature(
        {
            "reset": Out(1),
            "set": Out(1),
            "read": Out(1),
            "cell": Out(CELL_BITS),
            "amplitude": Out(PULSE_BITS),
            "code": In(verify_bits),
            "error": In(1),
        }
    )


def train_port(verify_bits: int = VERIFY_BITS) -> Signature:
    """Return the port of the sequencer, as the write engine sees it: orders of trains, and their answers.

    Args:
        verify_bits: of the code of a read.
    """
    return Signature(
        {
            "start": Out(1),
            "cell": Out(CELL_BITS),
            "source": Out(PULSE_BITS),
            "gate": Out(PULSE_BITS),
            "done": In(1),
            "refused": In(1),
            "code": In(verify_bits),
        }
    )


def order_port() -> Signature:
    """Return the port of the write engine: an order is taken in a cycle in which valid and ready are high."""
    return Signature({"valid": Out(1), "ready": In(1), "cell": Out(CELL_BITS), "level": Out(WIDTHS.level)})


def order_members() -> dict[str, Member]:
    """Return the members of a block that takes orders (cell, level) and says how each ended."""
    return {
        "valid": In(1),
        "ready": Out(1),
        "cell": In(CELL_BITS),
        "level": In(WIDTHS.level),
        "done": Out(1),
        "outcome": Out(OUTCOME_BITS),
    }


def budget_members() -> dict[str, Member]:
    """Return the members of a block that keeps the budget of pulses and halts at errors."""
    return {
        "load": In(1),
        "new_budget": In(BUDGET_BITS),
        "budget": Out(BUDGET_BITS),
        "clear": In(1),
        "halted": Out(1),
    }


def memory_port(depth: int, width: int) -> Signature:
    """Return the port of a memory of one port: what is read stands from the next cycle until another read."""
    return Signature(
        {
            "enable": Out(1),
            "write": Out(1),
            "address": Out(range(depth)),
            "new": Out(width),
            "data": In(width),
        }
    )


def example_port(build: Build) -> Signature:
    """Return the port of the memory of examples: `CODES_A_WORD` drive codes a word."""
    return memory_port(build.example_words, CODES_A_WORD * build.configuration.lengths.drive)


def weight_port(build: Build) -> Signature:
    """Return the port of the memory of exact weights, one a word, and of errors behind them."""
    return memory_port(build.weight_words, build.weight_bits)


def multiply_port(build: Build) -> Signature:
    """Return the port of the array's rows and columns.

    Rows hold the drive code that they were set to last. While ``convert`` is high the lines settle and every column is
    converted; the code of a column then stands at the port in the cycle in which it is asked for.
    """
    lengths = build.configuration.lengths
    return Signature(
        {
            "set_row": Out(1),
            "row": Out(5),
            "drive": Out(signed(lengths.drive)),
            "convert": Out(1),
            "column": Out(6),
            "code": In(signed(lengths.converter)),
        }
    )
