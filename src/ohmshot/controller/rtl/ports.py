"""Ports that blocks share."""

from amaranth.lib.wiring import In, Out, Signature

from ohmshot.controller.pulse_converters import PULSE_BITS, VERIFY_BITS

CELL_BITS = 11
"""Address of a cell of the 2-kbit array: word line * 64 + bit line."""


def array_port() -> Signature:
    """Return the port of the cells, as the controller sees it.

    A strobe is high as long as its pulse lasts; the cell and the amplitude stand still meanwhile. The code of a read is
    taken in its last cycle. The array holds ``error`` as long as its supply is broken or it is too hot.
    """
    return Signature(
        {
            "reset": Out(1),
            "set": Out(1),
            "read": Out(1),
            "cell": Out(CELL_BITS),
            "amplitude": Out(PULSE_BITS),
            "code": In(VERIFY_BITS),
            "error": In(1),
        }
    )


def train_port() -> Signature:
    """Return the port of the sequencer, as the write engine sees it: orders of trains, and their answers."""
    return Signature(
        {
            "start": Out(1),
            "cell": Out(CELL_BITS),
            "source": Out(PULSE_BITS),
            "gate": Out(PULSE_BITS),
            "done": In(1),
            "refused": In(1),
            "code": In(VERIFY_BITS),
        }
    )
