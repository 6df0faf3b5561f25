"""Which random numbers a cell of a chip gets.

They depend on (key of the chip or of its life, place of the cell, number of the cell's event) alone: an event is one
pulse, read or wait of the cell.
"""

from ohmshot.cell.state import cycles_to_failure
from ohmshot.foundation.compiled import F32, U32, Bits, Real, Record, law
from ohmshot.foundation.philox import inverse_normal, log, normal, philox, uniform

EVENTS, FABRICATION, TRAP_FABRICATION, MULTIPLIES, TELEGRAPH = U32(0), U32(16), U32(32), U32(48), U32(64)
"""Streams: the third counter of the generator, to which the number of a normal number within its event is added."""


@law
def of_device(key: Bits, place: Bits, p: Record) -> tuple[Real, Real, Real, Real]:
    """What makes a device differ from its neighbours: (offset of SET, offset of RESET, cycles to failure, fault).

    Args:
        key: of the chip as a device.
        place: of the cell.
        p: the technology.

    Returns:
        As `ohmshot.cell.state.fabricated` takes them.
    """
    a, b, c, d = philox(key, place, U32(0), FABRICATION, U32(0))
    return inverse_normal(a), inverse_normal(b), cycles_to_failure(exponential(c), p), uniform(d)


@law
def exponential(bits: Bits) -> Real:
    """Exponential number of mean 1 of 32 bits, ``-ln(1 - u)``, exact where it is small too."""
    u = (F32(bits) + F32(0.5)) * F32(2.0**-32)
    return u + F32(0.5) * u * u if u < F32(1e-3) else -log(max(F32(1) - u, F32(2.0**-25)))


@law
def of_event(cell: Record, key: Bits, place: Bits) -> tuple[Bits, Bits, Bits]:
    """Bits of the cell's next event; it counts as seen."""
    event = cell.events
    cell.events = U32(event + U32(1))
    a, b, c, _ = philox(key, place, event, EVENTS, U32(0))
    return a, b, c


@law
def of_set(cell: Record, key: Bits, place: Bits) -> tuple[Real, Real, Real]:
    """Three standard normal numbers of a FORM or SET; the first two only where a cycle begins, else 0."""
    event = cell.events
    a, b, c = of_event(cell, key, place)
    n3 = normal(c, key, place, event, EVENTS + 3)
    if cell.reset_since_set:
        return normal(a, key, place, event, EVENTS + 1), normal(b, key, place, event, EVENTS + 2), n3
    return F32(0), F32(0), n3


@law
def of_pulse(cell: Record, key: Bits, place: Bits) -> Real:
    """One standard normal number, of a RESET or a read."""
    event = cell.events
    a, _, _ = of_event(cell, key, place)
    return normal(a, key, place, event, EVENTS + 1)
