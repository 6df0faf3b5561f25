import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.measure.calibration import Recalibrated, measured_datasheet
from ohmshot.host.strategies.registry import strategy_named

LETI = load_parameter_set("leti_hfo2_130nm").values
SHIFTED = dataclasses.replace(LETI, set_conductances=(60.0, 130.0))


def test_a_measured_datasheet_says_what_the_cells_do() -> None:
    found = measured_datasheet(SimulatedCrossbar(SHIFTED, Circuit(), 1, [0, 1]))
    assert found.set_conductances == pytest.approx((60.0, 130.0), abs=1.0)
    assert found.level_conductances == LETI.level_conductances


def test_a_blind_write_aims_right_with_the_measured_datasheet_and_wrong_with_the_makers() -> None:
    makers = SimulatedCrossbar(LETI, Circuit(), 2, [2]).datasheet
    measured = measured_datasheet(SimulatedCrossbar(SHIFTED, Circuit(), 2, [0, 1]))
    missed = []
    for sheet in (makers, measured):
        crossbar = Recalibrated(SimulatedCrossbar(SHIFTED, Circuit(), 2, [2]), sheet)
        cells = torch.arange(2048)
        crossbar.form(cells)
        strategy_named("single-shot-set")(crossbar, cells, torch.full((2048,), 80.0))
        missed.append(float(crossbar.read(cells).mean()) - 80.0)
    assert abs(missed[1]) < 1.0 < 8.0 < missed[0]


def test_recalibrated_chips_keep_their_health_map_and_their_supervision() -> None:
    inner = simulated_chips(LETI, Circuit(), 1, [0], [0], Injection(brown_out=0.5))
    crossbar = Recalibrated(inner, inner.datasheet)
    crossbar.keep_health(torch.tensor([3]), torch.tensor([1]))
    assert int(inner.health().view(-1)[3]) == 1
    assert crossbar.supervised
