"""One energy, eight scopes: what a number for five updates has in it, from the cells alone to the whole device."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.studies.energy.around import ESTIMATED_J, SLOW, STATED, Converter, EnergyAssumptions
from ohmshot.studies.energy.tables import Spent
from ohmshot.study.device import macs_of_features, macs_of_gradients

WRITES = [OPERATIONS.index(each) for each in ("set", "reset")]
SCOPE = ("scope", "energy_uj", "low_uj", "high_uj", "rests_on")
CONVERTER = ("converter", "conversion_pj", "energy_uj", "ci95_uj", "busy_milliseconds", "area_mm2", "rests_on")
WAIT = (
    "wait_s",
    "accuracy_percent",
    "accuracy_ci95_percent",
    "accuracy_after_bake_percent",
    "accuracy_after_bake_ci95_percent",
    "energy_uj",
    "powered_uj",
    "gated_uj",
)


@dataclass(frozen=True)
class Range:
    """An energy in J with both ends of what it may be."""

    middle: float
    low: float
    high: float

    def plus(self, middle: float, low: float, high: float) -> "Range":
        """Add another range, end to end."""
        return Range(self.middle + middle, self.low + low, self.high + high)


@dataclass(frozen=True)
class Measured:
    """Means of five updates on chips.

    Attributes:
        cells: energy in the cells in J, by operation (`ohmshot.chip.meter.OPERATIONS`).
        lines: energy in the lines of the array in J, by operation.
        converters: energy of the converters in J, all operations together.
        cells_written: cells written.
        busy_seconds: time of the operations, one after another.
        updates: how often is written, and waited after it.
        waited_seconds: all waits together.
    """

    cells: tuple[float, ...]
    lines: tuple[float, ...]
    converters: float
    cells_written: float
    busy_seconds: float
    updates: int
    waited_seconds: float

    @property
    def written_joules(self) -> float:
        """What pulses bring to cells and lines, in J."""
        return sum(self.cells[row] + self.lines[row] for row in WRITES)


def scope_table(
    measured: Measured, standby_nw: Sequence[float], bundle: Bundle, examples: int, assumed: EnergyAssumptions
) -> pl.DataFrame:
    """Energy of five updates, scope by scope; each row has in it what the row before has, but the products' row.

    Args:
        measured: see `Measured`.
        standby_nw: leakage of the powered chip in nW: as stated, low, high.
        bundle: the network, for what the processor computes.
        examples: of the support set.
        assumed: what stands around the array.
    """
    cells, lines = sum(measured.cells), sum(measured.lines)
    array = cells + lines
    conversion = [
        measured.converters / STATED.joules * joules for joules in (STATED.joules, ESTIMATED_J[0], SLOW.joules)
    ]
    chip = Range(array, array, array).plus(*conversion)
    pumped = chip.plus(*(measured.written_joules * (1 / share - 1) for share in _pumps(assumed)))
    products = _products(measured, assumed)
    wakes = [
        assumed.wake_up_joules(each) for each in (assumed.supply_nf, assumed.supply_nf_low, assumed.supply_nf_high)
    ]
    gated = pumped.plus(*(measured.updates * each for each in wakes))
    middle, low, high = (1e-9 * each * measured.waited_seconds for each in standby_nw)
    powered = pumped.plus(middle, low, high)
    macs = examples * macs_of_features(bundle) + macs_of_gradients(bundle, examples)
    processor = macs * assumed.joules_per_mac
    device = gated.plus(processor, processor, processor)
    wait = f"{measured.waited_seconds:g} s of settling"
    rows = [
        ("cells", Range(cells, cells, cells), "the model"),
        ("and lines of the array", Range(array, array, array), "the model; 0.2 pF a line"),
        ("and converters", chip, "10 pJ a conversion; 5 pJ; 53 pJ of a slow 130 nm converter"),
        ("and high voltage", pumped, "efficiency of the charge pumps"),
        ("whole chips of other makers", products, "their data sheets: energy of a written bit, power while writing"),
        (f"as high voltage, and {wait}, switched off meanwhile", gated, "one wake-up an update, charge of the supply"),
        (f"as high voltage, and {wait}, powered", powered, "leakage of the chip, almost all of it converters"),
        ("as switched off, and the processor", device, "fixed layers and gradients on a microcontroller"),
    ]
    table = [(name, *(1e6 * end for end in (each.middle, each.low, each.high)), why) for name, each, why in rows]
    return pl.DataFrame(table, SCOPE, orient="row")


def _pumps(assumed: EnergyAssumptions) -> tuple[float, float, float]:
    return assumed.pump_efficiency, assumed.pump_efficiency_high, assumed.pump_efficiency_low


def _products(measured: Measured, assumed: EnergyAssumptions) -> Range:
    """Written cells at the energy of a product's bit, or the busy time at another product's power."""
    bits = (assumed.product_nj_per_bit_low, assumed.product_nj_per_bit_high)
    by_bit = [1e-9 * each * measured.cells_written for each in bits]
    ends = [*by_bit, 1e-3 * assumed.product_write_mw * measured.busy_seconds]
    return Range(sum(by_bit) / 2, min(ends), max(ends))


def converter_table(spent: Sequence[tuple[Converter, Spent]], count: int) -> pl.DataFrame:
    """Energy, time and area of the same updates by converter, one of them a column.

    Args:
        spent: what was spent with each converter.
        count: converters of a chip.
    """
    rows = [
        (
            each.name,
            1e12 * each.joules,
            *mean_and_half(1e6 * used.phases[1].sum(0)),
            1e3 * float(used.busy_seconds.mean()),
            None if each.area_mm2 is None else count * each.area_mm2,
            each.source,
        )
        for each, used in spent
    ]
    return pl.DataFrame(rows, CONVERTER, orient="row")
