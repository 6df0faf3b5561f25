"""Where hidden units go on a chip whose stuck cells are chosen by hand."""

import pytest
import torch

from ohmshot.bundle.file import default_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.faults import Faults
from ohmshot.host.care.remap import remap, with_spare_units
from ohmshot.host.learner import Learner, LearnerSettings

LETI = load_parameter_set("leti_hfo2_130nm").values
PLACE = 5
"""A hidden unit's place whose lines are broken in these tests."""


@pytest.fixture
def learner() -> Learner:
    """One chip, whose last hidden unit is a spare one."""
    return Learner(SimulatedCrossbar(LETI, Circuit(), 3, [0]), with_spare_units(default_bundle(), 1), LearnerSettings())


def stuck_low(learner: Learner, layer: int, which: tuple[slice | int, slice | int]) -> Faults:
    """Both cells of some pairs of a layer stuck at the reset state: these weights are zero for good."""
    stuck = torch.zeros(1, learner.crossbar.datasheet.cells, dtype=torch.bool)
    for cells in (learner.array.placement.plus[layer], learner.array.placement.minus[layer]):
        stuck[0, cells[which].flatten()] = True
    return Faults(stuck, torch.full(stuck.shape, 5.0))


def unused_places(learner: Learner) -> list[int]:
    """Places whose unit has no weights at all: where the spare unit went."""
    first, second = learner.shadow
    return torch.nonzero((first[0] == 0).all(0) & (second[0, :-1] == 0).all(1)).flatten().tolist()


def test_the_spare_unit_takes_the_place_whose_cells_of_the_first_layer_are_stuck(learner: Learner) -> None:
    remap(learner, stuck_low(learner, 0, (slice(None), PLACE)), spares=1)
    assert unused_places(learner) == [PLACE]


def test_the_spare_unit_takes_the_place_whose_cells_of_the_second_layer_are_stuck(learner: Learner) -> None:
    # The second layer is learned on the chip: a unit whose weights there are stuck at zero is of no use.
    remap(learner, stuck_low(learner, 1, (PLACE, slice(None))), spares=1)
    assert unused_places(learner) == [PLACE]


def test_a_sound_chip_stays_as_it_is(learner: Learner) -> None:
    before = [weights.clone() for weights in learner.shadow]
    remap(learner, Faults(torch.zeros(1, 2048, dtype=torch.bool), torch.zeros(1, 2048)), spares=1)
    assert all(torch.equal(a, b) for a, b in zip(before, learner.shadow, strict=True))


def test_without_a_spare_the_unit_that_loses_least_takes_the_place() -> None:
    # One pair of the first layer is stuck at zero: what is lost is the weight that should have stood there.
    learner = Learner(SimulatedCrossbar(LETI, Circuit(), 3, [0]), default_bundle(), LearnerSettings())
    feature = 2
    wanted = learner.shadow[0][0, feature].abs()
    assert int(wanted.argmin()) != PLACE
    remap(learner, stuck_low(learner, 0, (feature, PLACE)))
    assert float(learner.shadow[0][0, feature, PLACE].abs()) == float(wanted.min())
