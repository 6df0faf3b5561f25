"""The circuits around the array: size, lines and converters."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from ohmshot.foundation.compiled import F32, Real
from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class Circuit:
    """Periphery of one 2-kbit array or of several; every default that is not cited is assumed.

    Attributes:
        rows: word lines. 32 x 64 = 2,048 cells is our layout of the 2-kbit array.
        columns: bit lines, of all arrays together.
        input_bits: resolution of the row drivers over plus and minus the read voltage; None for ideal.
        output_bits: resolution of the column converters; None for ideal.
        output_range_ua: a column current saturates beyond plus and minus this.
        line_resistance_ohm: of a row or column line from one cell to the next.
        conversion_energy_j: one conversion. Bonnet et al. (Nat. Commun. 14, 2023, 7530) estimate 0.7 to 2.5 nJ
            an inference, dominated by about 150 conversions: 5 to 17 pJ each.
        conversion_s: one conversion.
        side_by_side: how many arrays of equal width the bit lines belong to. Each has row lines and row drivers of
            its own.
        input_scheme: "levels", a row driver gives as many voltages as its bits have; "bit-serial", it gives one, the
            other rows float, and a multiply is one conversion a bit and sign (`ohmshot.chip.converters.bit_planes`).
        verify_bits: resolution of the reads of single cells from 0 to the highest conductance; None for ideal.
        converter_gain_spread: standard deviation of the gain of the columns' converters, relative to 1.
        converter_offset_spread_ua: standard deviation of their offset. Both in multiplies and in reads.

    Raises:
        SettingsError: no array, no bit, something negative, or bit lines that do not make whole arrays.

    Examples:
        >>> import ohmshot as oh
        >>> circuit = oh.Circuit(output_bits=8, line_resistance_ohm=2.5)
        >>> oh.SimulatedChips(circuit=circuit, arrays=2).datasheet.columns
        128
    """

    rows: int = 32
    columns: int = 64
    input_bits: int | None = 8
    output_bits: int | None = 10
    output_range_ua: float = 64.0
    line_resistance_ohm: float = 1.0
    conversion_energy_j: float = 10e-12
    conversion_s: float = 100e-9
    side_by_side: int = field(default=1, repr=False)  # the columns tell chips apart, in files of before too
    input_scheme: Literal["levels", "bit-serial"] = field(default="levels", repr=False)
    verify_bits: int | None = field(default=None, repr=False)
    converter_gain_spread: float = field(default=0.0, repr=False)
    converter_offset_spread_ua: float = field(default=0.0, repr=False)

    @property
    def width(self) -> int:
        """Bit lines of one array."""
        return self.columns // self.side_by_side

    @property
    def converter_errors(self) -> tuple[float, float]:
        """Spread of gain, and of offset in uA, of the columns' converters."""
        return self.converter_gain_spread, self.converter_offset_spread_ua

    @property
    def options(self) -> dict[str, str | int | float | None]:
        """What of this circuit is not as circuits of earlier versions were, by name."""
        return {each.name: getattr(self, each.name) for each in dataclasses.fields(self) if self._is_option(each)}

    def _is_option(self, each: "dataclasses.Field[Any]") -> bool:
        return not each.repr and each.name != "side_by_side" and getattr(self, each.name) != each.default

    @property
    def pairs(self) -> int:
        """Pairs of cells of one array."""
        return self.rows * (self.width // 2)

    def __post_init__(self) -> None:
        counts = (self.rows, self.columns, self.input_bits, self.output_bits, self.verify_bits)
        if any(count is not None and count < 1 for count in counts):
            raise SettingsError("Rows, columns and bits of a circuit must each be at least 1.")
        if self.side_by_side < 1 or self.columns % self.side_by_side:
            raise SettingsError(f"{self.columns} bit lines do not make {self.side_by_side} arrays of equal width.")
        if self.input_scheme not in ("levels", "bit-serial"):
            raise SettingsError(f"Inputs are given as 'levels' or 'bit-serial', not '{self.input_scheme}'.")
        if self.input_scheme == "bit-serial" and (self.input_bits is None or self.input_bits < 2):
            raise SettingsError("Bit-serial inputs need input_bits of at least 2, one of them the sign.")
        sizes = (self.line_resistance_ohm, self.conversion_energy_j, self.conversion_s, *self.converter_errors)
        if not self.output_range_ua > 0 or not all(size >= 0 for size in sizes):
            raise SettingsError("A circuit needs an output range above 0; nothing in it is negative.")

    def arrays(self, count: int) -> "Circuit":
        """Return several such arrays side by side under one host, for a head that needs more pairs than one has.

        Row voltages reach the drivers of each array as numbers, so nothing is lost between arrays.

        Raises:
            SettingsError: fewer than one.
        """
        return dataclasses.replace(self, columns=count * self.columns, side_by_side=count * self.side_by_side)


IDEAL_CIRCUIT = Circuit(input_bits=None, output_bits=None, output_range_ua=float("inf"), line_resistance_ohm=0.0)
"""No converter and no line between the numbers and the cells: for checking algorithms, never for a result."""


def converter(full_scale: float, bits: int | None) -> tuple[Real, Real, Real]:
    """Return a converter as float32: (steps a unit, units a step, where it saturates in steps; in units without steps).

    Args:
        full_scale: in its unit.
        bits: None for a converter that saturates without rounding.
    """
    if bits is None:
        return F32(0), F32(0), F32(full_scale)
    steps = float(2 ** (bits - 1) - 1)
    return F32(steps / full_scale), F32(full_scale / steps), F32(steps)


UNCONVERTED = converter(float("inf"), None)
"""No converter: values go through as they are."""
