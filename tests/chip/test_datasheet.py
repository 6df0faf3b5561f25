import pytest
import torch

from cells_by_law import by_law
from ohmshot.cell.switching import reset_log_median, set_median
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.elementwise import elementwise
from ohmshot.programming.attempt import gate_for, source_for
from random_cells import SETS


def sheet_of(name: str) -> Datasheet:
    return SimulatedCrossbar(SETS[name], Circuit(rows=1, columns=1), 0, [0]).datasheet


@pytest.mark.parametrize("name", SETS)
def test_the_gate_voltage_for_a_conductance_sets_to_it_in_the_median(name: str) -> None:
    low, high = SETS[name].set_conductances
    wanted = torch.linspace(low, high, 1001)
    sheet = sheet_of(name)
    for gate in (sheet.gate_voltage_for(wanted), elementwise(gate_for, sheet.numbers)(wanted)):
        torch.testing.assert_close(by_law(set_median, SETS[name])(gate), wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", SETS)
def test_the_source_voltage_for_a_conductance_resets_to_it_in_the_median(name: str) -> None:
    low, high = max(SETS[name].reset_conductance, 1e-3), SETS[name].set_conductances[1]
    wanted = torch.linspace(low, high, 1001)
    source = elementwise(source_for, sheet_of(name).numbers)(wanted)
    torch.testing.assert_close(by_law(reset_log_median, SETS[name])(source).exp(), wanted, rtol=1e-5, atol=1e-4)


def test_a_datasheet_tells_the_medians_of_the_parameter_set() -> None:
    sheet = SimulatedCrossbar(SETS["leti_hfo2_130nm"], Circuit().arrays(2), 0, [0]).datasheet
    assert (sheet.rows, sheet.columns, sheet.arrays, sheet.cells) == (32, 128, 2, 4096)
    assert sheet.set_conductances == SETS["leti_hfo2_130nm"].set_conductances
    assert sheet.reset_source_voltages == SETS["leti_hfo2_130nm"].reset_source_voltages
