"""Arithmetic that blocks share, as expressions of Amaranth."""

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal, Value, signed


def table(m: Module, index: Value, entries: Sequence[int], name: str) -> Signal:
    """Return the entry of a constant table that an index points to; 0 beyond its end."""
    lowest, highest = min(*entries, 0), max(entries)
    width = max(highest.bit_length(), (-lowest - 1).bit_length() if lowest < 0 else 0, 1)
    found = Signal(signed(width + 1) if lowest < 0 else width, name=name)
    with m.Switch(index):
        for place, entry in enumerate(entries):
            with m.Case(place):
                m.d.comb += found.eq(entry)
    return found


def held(value: Value, low: int | Value, high: int | Value) -> Value:
    """Hold a value between two others."""
    return Mux(value < low, low, Mux(value > high, high, value))


def rounded_shift(value: Value, places: int) -> Value:
    """Divide by a power of two, halves upward."""
    return value >> 0 if places == 0 else (value + (1 << (places - 1))) >> places


def named(m: Module, value: Value, name: str) -> Signal:
    """Give an expression a signal of its own, as wide as it needs, so that it can be looked at."""
    signal = Signal(value.shape(), name=name)
    m.d.comb += signal.eq(value)
    return signal
