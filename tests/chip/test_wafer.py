import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wafer import WAFERS_OF_A_LOT, die_positions, dies_of_a_wafer, lot_of, shared_offsets, wafer_of

LETI = load_parameter_set("leti_hfo2_130nm").values
DIES = dies_of_a_wafer()


def test_a_chip_number_says_its_lot_and_wafer() -> None:
    assert (wafer_of(DIES - 1), wafer_of(DIES)) == (0, 1)
    assert (lot_of(WAFERS_OF_A_LOT * DIES - 1), lot_of(WAFERS_OF_A_LOT * DIES)) == (0, 1)


def test_all_dies_lie_whole_on_the_wafer() -> None:
    assert float(die_positions().norm(dim=1).max()) < 1
    assert len(die_positions().unique(dim=0)) == DIES > 200


def test_variance_components_are_those_asked_for() -> None:
    lots, wafers, dies = 300, 3, 4
    numbers = [
        (lot * WAFERS_OF_A_LOT + wafer) * DIES + die
        for lot in range(lots)
        for wafer in range(wafers)
        for die in range(dies)
    ]
    levels = dataclasses.replace(LETI, lot_spread=0.4, wafer_spread=0.3, die_spread=0.2)
    shifts = shared_offsets(levels, 5, numbers).view(2, lots, wafers, dies).double()
    within_wafer = shifts.var(3).mean(dim=(1, 2))
    between_wafers = shifts.mean(3).var(2).mean(1) - within_wafer / dies
    between_lots = shifts.mean(dim=(2, 3)).var(1) - between_wafers / wafers - within_wafer / (wafers * dies)
    for found, asked in ((within_wafer, 0.2), (between_wafers, 0.3), (between_lots, 0.4)):
        assert found.sqrt().tolist() == pytest.approx([asked, asked], rel=0.15)


def test_the_edge_differs_from_the_centre_by_the_shift_and_the_wafer_mean_stays() -> None:
    shifts = shared_offsets(dataclasses.replace(LETI, wafer_edge_shift=1.0), 0, range(DIES))
    radius = die_positions().norm(dim=1)
    centre, edge = int(radius.argmin()), int(radius.argmax())
    assert float(shifts[0, edge] - shifts[0, centre]) == pytest.approx(float(radius[edge] ** 2 - radius[centre] ** 2))
    assert shifts.mean(1).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_chip_of_a_shifted_wafer_sets_higher_or_lower_as_a_whole() -> None:
    cells = torch.arange(2 * 2048)
    reached = []
    for parameters in (LETI, dataclasses.replace(LETI, wafer_spread=1.0)):
        crossbar = SimulatedCrossbar(parameters, Circuit(), 3, [0, DIES])
        crossbar.form(cells)
        crossbar.reset(cells, torch.full(cells.shape, 2.6))
        crossbar.set(cells, torch.full(cells.shape, 1.4))
        reached.append(crossbar.true_conductances().mean(dim=(1, 2)))
    device_microsiemens = 12.0 * 0.5**0.5
    expected = device_microsiemens * shared_offsets(dataclasses.replace(LETI, wafer_spread=1.0), 3, [0, DIES])[0]
    assert (reached[1] - reached[0]).tolist() == pytest.approx(expected.tolist(), abs=0.5)
