import pytest
import torch

from ohmshot.cell.switching import reset_log_median, set_median
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.simulated import SimulatedCrossbar
from random_cells import SETS


def sheet_of(name: str) -> Datasheet:
    return SimulatedCrossbar(SETS[name], Circuit(rows=1, columns=1), 0, [0]).datasheet


@pytest.mark.parametrize("name", SETS)
def test_the_gate_voltage_for_a_conductance_sets_to_it_in_the_median(name: str) -> None:
    low, high = SETS[name].set_conductances
    wanted = torch.linspace(low, high, 1001, dtype=torch.float64)
    torch.testing.assert_close(set_median(sheet_of(name).gate_voltage_for(wanted), SETS[name]), wanted)


@pytest.mark.parametrize("name", SETS)
def test_the_source_voltage_for_a_conductance_resets_to_it_in_the_median(name: str) -> None:
    low, high = max(SETS[name].reset_conductance, 1e-3), SETS[name].set_conductances[1]
    wanted = torch.linspace(low, high, 1001, dtype=torch.float64)
    reached = reset_log_median(sheet_of(name).source_voltage_for(wanted), SETS[name]).exp()
    torch.testing.assert_close(reached, wanted)


def test_a_datasheet_tells_the_medians_of_the_parameter_set() -> None:
    sheet = SimulatedCrossbar(SETS["leti_hfo2_130nm"], Circuit().arrays(2), 0, [0]).datasheet
    assert (sheet.rows, sheet.columns, sheet.arrays, sheet.cells) == (32, 128, 2, 4096)
    assert sheet.set_conductances == SETS["leti_hfo2_130nm"].set_conductances
    assert sheet.reset_source_voltages == SETS["leti_hfo2_130nm"].reset_source_voltages
