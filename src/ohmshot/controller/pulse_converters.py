"""Converters of the write path: from codes to pulse amplitudes, and from what a verify reads to a code."""

from dataclasses import dataclass

import numpy as np

from ohmshot.chip.datasheet import Datasheet

PULSE_BITS = 8
"""Bits of the pulse DAC; 8 leave the ramp of the hybrid its finest step."""
VERIFY_BITS = 8
"""Bits of the verify converter of a chip whose levels end below 160 uS; others have more (`verify_adc_for`)."""
MOST_VERIFY_BITS = 10
"""The most bits of a verify converter, of which the write engine has tables."""
VERIFY_STEP_US = 0.625
"""uS a code of the verify converter: 8 bits reach to 160 uS."""
_OVERDRIVE_V = 0.2
"""V, how far a correction may lead above the gate voltages of the datasheet (`ClosedLoop.gate_overdrive`)."""


@dataclass(frozen=True)
class PulseDac:
    """Sets the amplitude of a pulse: the gate voltage of a SET, the source voltage of a RESET.

    Code 0 means no pulse; codes 1 to ``top`` are equally spaced.

    Attributes:
        low: V at code 1.
        high: V at code ``top``.
        bits: width of a code.
    """

    low: float
    high: float
    bits: int = PULSE_BITS

    @property
    def top(self) -> int:
        """The highest code."""
        return (1 << self.bits) - 1

    @property
    def step(self) -> float:
        """V from code to code."""
        return (self.high - self.low) / (self.top - 1)

    def volts(self, codes: np.ndarray) -> np.ndarray:
        """Amplitudes in V, float32, of codes from 1 on."""
        return (self.low + (codes - 1) * self.step).astype(np.float32)

    def code(self, volts: float) -> int:
        """The nearest code of an amplitude in V; outside the range the nearest end."""
        return min(max(1 + round((volts - self.low) / self.step), 1), self.top)


@dataclass(frozen=True)
class VerifyAdc:
    """Turns a read into a code.

    Attributes:
        step_us: uS from code to code.
        bits: width of a code.
    """

    step_us: float = VERIFY_STEP_US
    bits: int = VERIFY_BITS

    @property
    def top(self) -> int:
        """The highest code: what lies above reads as this."""
        return (1 << self.bits) - 1

    def codes(self, conductance: np.ndarray) -> np.ndarray:
        """Codes, int32, of conductances in uS, any shape: the nearest, held to 0 and ``top``."""
        nearest = np.rint(conductance.astype(np.float64) / self.step_us)
        return np.clip(nearest, 0, self.top).astype(np.int32)


def pulse_dac_for(sheet: Datasheet) -> PulseDac:
    """Return a DAC whose range holds every amplitude that a chip takes, with the overdrive of a correction."""
    (gate_low, gate_high), (onset, full) = sheet.set_gate_voltages, sheet.reset_source_voltages
    return PulseDac(min(gate_low, onset), max(gate_high + _OVERDRIVE_V, full))


def verify_adc_for(sheet: Datasheet, tolerance: float) -> VerifyAdc:
    """Return a converter that tells the window around every level of a chip from what lies above it.

    Args:
        sheet: datasheet of the chip.
        tolerance: half the width of a window in uS.
    """
    highest = round(sheet.level_conductances[-1] / VERIFY_STEP_US) + round(tolerance / VERIFY_STEP_US)
    return VerifyAdc(bits=max(VERIFY_BITS, (highest + 1).bit_length()))
