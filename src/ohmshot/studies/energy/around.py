"""What stands around the array and takes energy too: converters, high voltage, the waits, the processor."""

from dataclasses import dataclass

from ohmshot.chip.circuit import Circuit
from ohmshot.study.assumptions import Amount, Positive, Share
from ohmshot.study.device import ProcessorAssumptions


@dataclass(frozen=True)
class Converter:
    """One converter with all that is known of it, so that energy, speed and area are of the same circuit.

    Attributes:
        name: bits, rate and process.
        joules: energy of a conversion in J.
        seconds: time of a conversion in s.
        area_mm2: area in mm²; None where it is not known.
        source: who measured or estimated it.
    """

    name: str
    joules: float
    seconds: float
    area_mm2: float | None
    source: str


STATED = Converter(
    "as stated",
    Circuit().conversion_energy_j,
    Circuit().conversion_s,
    None,
    "estimate of an inference's conversions, Bonnet et al. 2023",
)
"""The circuit's default: an energy estimated for industrial platforms, whose node is not given; the time is assumed."""
ESTIMATED_J = (5e-12, 17e-12)
"""Ends of that estimate: 0.7 to 2.5 nJ an inference of about 150 conversions (Bonnet et al. 2023)."""
SLOW = Converter(
    "9.1 bits, 1 kS/s, 130 nm", 53e-9 / 1e3, 1 / 1e3, None, "measured: 53 nW at 1 kS/s (Zhang et al. 2012)"
)
CONVERTERS = (
    STATED,
    Converter(
        "10 bits, 50 MS/s, 130 nm",
        0.826e-3 / 50e6,
        1 / 50e6,
        0.195 * 0.265,
        "measured: 0.826 mW at 50 MS/s on 195 x 265 µm² (Liu et al. 2010)",
    ),
    SLOW,
)


class EnergyAssumptions(ProcessorAssumptions):
    """Numbers of the energy table beyond the array; the processor's are those of every device here."""

    pump_efficiency: Share = 0.4
    """Share of the energy drawn that on-chip charge pumps bring to the lines at 2.6 and 4.8 V; assumed, 0.3 to 0.5."""
    pump_efficiency_low: Share = 0.3
    """Its low end."""
    pump_efficiency_high: Share = 0.5
    """Its high end."""
    product_nj_per_bit_low: Positive = 4.9
    """Energy of a written bit of a resistive memory product, all of its periphery in it, in nJ: a page of 32 bytes in
    0.7 ms at 1.0 mA and 1.8 V (Adesto RM24C64C-L, data sheet)."""
    product_nj_per_bit_high: Positive = 6.3
    """The same product writing single bytes: 50 nJ each."""
    product_write_mw: Positive = 2.3
    """Power of another one while it writes, in mW: 1.3 mA at 1.8 V (Fujitsu MB85AS4MT, data sheet DS501-00045)."""
    supply_nf: Amount = 1.0
    """Capacitance of the gated supply in nF, charged at every wake-up; assumed, 0.1 to 10."""
    supply_nf_low: Amount = 0.1
    """Its low end."""
    supply_nf_high: Amount = 10.0
    """Its high end."""
    supply_volts: Positive = 1.8
    """Voltage that it is charged to, in V."""

    def wake_up_joules(self, nanofarads: float) -> float:
        """Energy in J that a supply gives to charge an empty capacitance through a switch: C V^2."""
        return 1e-9 * nanofarads * self.supply_volts**2
