"""Numbers in sentences: counted things, differences of either sign, numbers that people can read."""

import math
from collections.abc import Sequence

from ohmshot.foundation.column_names import unit_of

_LARGEST = 1e12
_SMALLEST = 1e-4
"""Beyond these a number without a unit has an exponent after all."""

_SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "J": ((1e-15, "fJ"), (1e-12, "pJ"), (1e-9, "nJ"), (1e-6, "µJ"), (1e-3, "mJ"), (1.0, "J"), (1e3, "kJ"), (1e6, "MJ")),
    "W": ((1e-12, "pW"), (1e-9, "nW"), (1e-6, "µW"), (1e-3, "mW"), (1.0, "W")),
    "s": (
        (1e-9, "ns"),
        (1e-6, "µs"),
        (1e-3, "ms"),
        (1.0, "s"),
        (3600.0, "h"),
        (86_400.0, "days"),
        (31_557_600.0, "years"),
        (31_557_600e3, "thousand years"),
        (31_557_600e6, "million years"),
    ),
}
"""Units of a quantity in its SI unit, rising."""
_OF = {unit: (kind, size) for kind, units in _SCALES.items() for size, unit in units}


def counted(number: float, thing: str, things: str | None = None, digits: int = 4) -> str:
    """Say how many of a thing there are.

    Args:
        number: how many.
        thing: the word for one.
        things: the word for several; by default the same with an s.
        digits: of a number that is no int.

    Examples:
        >>> counted(1, "chip"), counted(1000, "chip"), counted(0, "class", "classes"), counted(1.0, "picture")
        ('1 chip', '1,000 chips', '0 classes', '1 picture')
    """
    text = number_text(number, digits)
    return f"{text} {thing if text == '1' else things or f'{thing}s'}"


def signed_count(number: int, thing: str) -> str:
    """Say how many more or fewer there are: "12 more pulses", "1 fewer pulse", "as many pulses"."""
    if number == 0:
        return f"as many {thing}s"
    return f"{abs(number):,} {'more' if number > 0 else 'fewer'} {thing}{'s' * (abs(number) != 1)}"


def points(
    change: float, more: str, less: str, same: str, half: float | None = None, digits: int = 2, unit: str = "points"
) -> str:
    """A difference in points, or in another unit, without a sign, its direction in words.

    Args:
        change: points of a percentage.
        more: what follows a positive difference.
        less: what follows a negative one.
        same: all that is said where it is 0 to the digits shown and no interval is given.
        half: half width of its interval.
        digits: after the decimal point.
        unit: of the difference.

    Examples:
        >>> points(-0.53, "more than before", "less than before", "as many as before")
        '0.53 points less than before'
        >>> points(0.001, "more than before", "less than before", "as many as before")
        'as many as before'
    """
    size, interval = f"{abs(change):.{digits}f}", "" if half is None else f" ± {half:.{digits}f}"
    if float(size) == 0 and half is None:
        return same
    return f"{size}{interval} {unit} {less if change < 0 else more}"


def signed(change: float, digits: int = 2) -> str:
    """A difference with its sign; 0 to the digits shown has none."""
    text = f"{change:+.{digits}f}"
    return text if float(text) else text[1:]


def share_more(ratio: float) -> str:
    """How much more than another a number is, by their ratio: "12 % less", "3 % more", "as much"."""
    change = round(100 * (ratio - 1)) if math.isfinite(ratio) else None
    if change is None:
        return "without measure more"
    return "as much" if change == 0 else f"{abs(change):,} % {'less' if change < 0 else 'more'}"


def times(over: float, under: float, digits: int = 2) -> str:
    """How many times one number another is: "150,000 times"; of nothing there is no such number."""
    return f"{number_text(over / under, digits)} times" if under else "no finite number of times"


def number_text(value: float, digits: int = 4) -> str:
    """Write a number with so many significant digits, whole ones in full, with commas and as a rule without exponent.

    Examples:
        >>> number_text(327700.0), number_text(0.00123456), number_text(1_000_000), number_text(4.2e-10)
        ('327,700', '0.001235', '1,000,000', '4.2e-10')
    """
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    if not _SMALLEST <= abs(value) < _LARGEST:
        return f"{value:.{digits}g}"
    rounded = float(f"{value:.{digits}g}")
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_column(value: float, column: str, digits: int = 4) -> str:
    """Write a number of a column, in its unit; far too small or large a one with a unit of its own behind it.

    Examples:
        >>> in_column(4.2e-10, "years"), in_column(327700.0, "battery_mj"), in_column(12.5, "battery_mj")
        ('13.25 ms', '327.7 J', '12.5')
    """
    kind, size = _OF.get(unit_of(column) or "", ("", 0.0))
    if not kind or value == 0 or not math.isfinite(value) or 1e-3 <= abs(value) < 1e5:
        return number_text(value, digits)
    seconds = abs(value) * size
    fitting = [each for each in _SCALES[kind] if each[0] <= seconds]
    if not fitting:
        return f"under 1 {_SCALES[kind][0][1]}"
    scale, unit = fitting[-1]
    return f"{number_text(value * size / scale, digits)} {unit}"


def span(low: str, high: str) -> str:
    """A range in words; one number where both ends are written alike."""
    return low if low == high else f"{low} to {high}"


def listed(items: Sequence[str]) -> str:
    """Join things as a sentence does: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else "nothing"


def capitalised(text: str) -> str:
    """A sentence's beginning: the first letter large, the others as they are."""
    return text[:1].upper() + text[1:]
