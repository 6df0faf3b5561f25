"""The table of scopes against sums made by hand."""

import pytest
import torch

from ohmshot.bundle.file import shipped_bundle
from ohmshot.foundation.errors import SettingsError
from ohmshot.studies.energy.around import CONVERTERS, EnergyAssumptions
from ohmshot.studies.energy.scopes import Measured, converter_table, scope_table
from ohmshot.studies.energy.tables import Spent, by_cause
from ohmshot.study.assumptions import parse_overrides

# form, set, reset, read, multiply; J
MEASURED = Measured(
    cells=(0.0, 100e-9, 20e-9, 1e-9, 0.5e-9),
    lines=(0.0, 1e-9, 10e-9, 0.0, 0.0),
    converters=100e-9,
    cells_written=300.0,
    busy_seconds=1e-3,
    updates=5,
    waited_seconds=30.0,
)
STANDBY_NW = (900.0, 2.0, 6000.0)


def scopes(**changed: str) -> dict[str, dict[str, float]]:
    overrides = parse_overrides(EnergyAssumptions, [f"{name}={value}" for name, value in changed.items()])
    assumed = overrides if isinstance(overrides, EnergyAssumptions) else EnergyAssumptions()
    table = scope_table(MEASURED, STANDBY_NW, shipped_bundle("characters"), 25, assumed)
    return {row["scope"]: row for row in table.iter_rows(named=True)}


def test_each_scope_is_the_sum_of_what_it_names() -> None:
    rows = scopes()
    assert rows["cells"]["energy_uj"] == pytest.approx(0.1215)
    assert rows["and lines of the array"]["energy_uj"] == pytest.approx(0.1325)
    chip = rows["and converters"]
    # 10,000 conversions of 10, 5 and 53 pJ.
    assert [chip[end] for end in ("energy_uj", "low_uj", "high_uj")] == pytest.approx([0.2325, 0.1825, 0.6625])
    pumped = rows["and high voltage"]
    # 131 nJ of pulses at 40, 50 and 30 % take 327.5, 262 and 436.7 nJ.
    assert [pumped[end] for end in ("energy_uj", "low_uj", "high_uj")] == pytest.approx([0.4290, 0.3135, 0.96817], 1e-4)


def test_products_stand_for_themselves() -> None:
    row = scopes()["whole chips of other makers"]
    # 300 cells at 4.9 and 6.3 nJ; 1 ms at 2.3 mW.
    assert [row[end] for end in ("energy_uj", "low_uj", "high_uj")] == pytest.approx([1.68, 1.47, 2.3])


def test_waiting_costs_leakage_or_five_wake_ups() -> None:
    rows = scopes()
    off, powered = (
        rows["as high voltage, and 30 s of settling, switched off meanwhile"],
        rows["as high voltage, and 30 s of settling, powered"],
    )
    pumped = rows["and high voltage"]["energy_uj"]
    assert off["energy_uj"] - pumped == pytest.approx(5 * 1e-3 * 1.8**2)  # 1 nF at 1.8 V
    assert powered["energy_uj"] - pumped == pytest.approx(27.0)  # 900 nW for 30 s


def test_the_processor_is_counted_by_its_multiply_accumulates() -> None:
    slow, fast = scopes(macs_per_cycle="0.6"), scopes(macs_per_cycle="6")
    last, off = "as switched off, and the processor", "as high voltage, and 30 s of settling, switched off meanwhile"
    taken = [each[last]["energy_uj"] - each[off]["energy_uj"] for each in (slow, fast)]
    assert taken[0] == pytest.approx(10 * taken[1])
    assert taken[1] > 1


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="pump_efficiency"):
        scopes(pump_efficiency="1.5")


def test_a_converter_is_one_circuit_in_energy_time_and_area() -> None:
    spent = Spent(torch.full((3, 5, 2), 1e-9).double(), *torch.full((4, 2), 1e-3).double())
    row = converter_table([(CONVERTERS[1], spent)], 64).row(0, named=True)
    # 0.826 mW at 50 MS/s: 16.52 pJ; 64 of 195 x 265 um2.
    assert row["conversion_pj"] == pytest.approx(16.52)
    assert row["area_mm2"] == pytest.approx(3.3072)
    assert row["energy_uj"] == pytest.approx(5e-3)
    assert row["busy_milliseconds"] == pytest.approx(1.0)


def test_causes_are_what_vanishes_with_them() -> None:
    def spent(joules: float) -> Spent:
        return Spent(torch.full((3, 5, 2), joules).double(), *torch.zeros(4, 2).double())

    causes = by_cause(spent(10.0), spent(8.0), spent(3.0))
    assert {name: float(each[0, 0, 0]) for name, each in causes.items()} == {"cells": 1, "lines": 2, "converters": 7}
