import dataclasses

import pytest
import torch

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar

LETI = load_parameter_set("leti_hfo2_130nm").values
SMALL = Circuit(rows=4, columns=6)


def some_use(crossbar: SimulatedCrossbar) -> list[torch.Tensor]:
    cells = torch.arange(0, crossbar.chips * 24, 2)
    crossbar.form(cells)
    crossbar.reset(cells, torch.full(cells.shape, 2.6))
    crossbar.set(cells, torch.full(cells.shape, 1.9))
    crossbar.wait(60)
    current = crossbar.multiply(torch.full((crossbar.chips, 3, 4), 0.1), slice(0, 6))
    meter = crossbar.meter()
    return [crossbar.read(cells), current, crossbar.wear(), meter.counts, meter.energy_joules]


@pytest.mark.parametrize(
    "parameters", [LETI, dataclasses.replace(LETI, telegraph_share=0.5)], ids=["quiet", "telegraph"]
)
def test_a_chip_goes_on_from_a_snapshot_as_if_nothing_had_been(parameters: CellParameters) -> None:
    chip, other = (SimulatedCrossbar(parameters, SMALL, 3, [0, 1]) for _ in range(2))
    some_use(chip)
    other.restore(chip.snapshot())
    for expected, seen in zip(some_use(chip), some_use(other), strict=True):
        assert torch.equal(expected, seen)


def test_a_snapshot_of_other_chips_is_refused_and_changes_nothing() -> None:
    chip, bigger = SimulatedCrossbar(LETI, SMALL, 3, [0]), SimulatedCrossbar(LETI, SMALL, 3, [0, 1])
    before = chip.snapshot()
    with pytest.raises(ValueError, match="other chips"):
        chip.restore(bigger.snapshot())
    after = chip.snapshot()
    assert all(torch.equal(before[name].nan_to_num(), after[name].nan_to_num()) for name in before)


def test_cells_put_back_are_the_cells_of_before_and_the_meter_goes_on() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, 3, [0])
    some_use(chip)
    before, pulses = chip.state.clone(), chip.meter().pulses
    some_use(chip)
    chip.put_cells(before)
    assert torch.equal(chip.true_conductances().flatten(), before.conductance)
    some_use(chip)
    assert int(chip.meter().pulses) == 3 * int(pulses)
    assert not torch.equal(chip.state.conductance, before.conductance)


def test_cells_age_by_other_parameters_only_as_long_as_they_are_told() -> None:
    losing = dataclasses.replace(LETI, retention_loss=0.9)
    chip, other = (SimulatedCrossbar(LETI, SMALL, 3, [0]) for _ in range(2))
    for each in (chip, other):
        some_use(each)
    with chip.ageing_as(losing):
        chip.wait(43_200.0, 150.0)
    other.wait(43_200.0, 150.0)
    used = chip.state.cycles > 0
    assert float(chip.state.conductance[used].mean()) < 0.5 * float(other.state.conductance[used].mean())
    chip.put_cells(other.state)
    chip.wait(43_200.0, 150.0)
    other.wait(43_200.0, 150.0)
    assert torch.equal(chip.state.conductance, other.state.conductance)
