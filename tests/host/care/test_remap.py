"""Where hidden units go on a chip whose stuck cells are chosen by hand."""

import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.faults import Faults
from ohmshot.host.care.remap import remap, with_spare_units
from ohmshot.host.learner import Learner, LearnerSettings
from untrained import UNTRAINED

LETI = load_parameter_set("leti_hfo2_130nm").values
PLACE = 5
"""A hidden unit's place whose lines are broken in these tests."""


@pytest.fixture
def learner() -> Learner:
    """One chip, whose last hidden unit is a spare one."""
    return Learner(
        SimulatedCrossbar(LETI, Circuit(), 3, [0]),
        with_spare_units(shipped_bundle("four-convolutions"), 1),
        LearnerSettings(),
    )


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
    learner = Learner(
        SimulatedCrossbar(LETI, Circuit(), 3, [0]), shipped_bundle("four-convolutions"), LearnerSettings()
    )
    feature = 2
    wanted = learner.shadow[0][0, feature].abs()
    assert int(wanted.argmin()) != PLACE
    remap(learner, stuck_low(learner, 0, (feature, PLACE)))
    assert float(learner.shadow[0][0, feature, PLACE].abs()) == float(wanted.min())


def small(spares: int = 1) -> Learner:
    """Three hidden units and a spare one; the window stands for the weight 2 in the first layer, for 1 after."""
    layer = ConvolutionShape(inputs=1, outputs=1, kernel=1, stride=1, padding=0, rectified=False)
    header = BundleHeader(
        name="small",
        network=NetworkShape(input=(1, 1, 1), convolutions=(layer,), features=1, hidden=(3,), ways=2),
        rates=((0.5, 0.5),),
        mapping=ConductanceMapping(weight_full_scale=(2.0, 1.0), input_full_scale=(4.0, 8.0), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    head = (torch.tensor([[1.0, -1.0, 0.5], [0.25, 0.0, -0.5]]), torch.arange(1.0, 9.0).view(4, 2) / 8)
    bundle = with_spare_units(Bundle(header, ((torch.ones(1, 1, 1, 1), torch.zeros(1)),), head), spares)
    return Learner(SimulatedCrossbar(LETI, Circuit(), 3, [0]), bundle, LearnerSettings())


def test_spare_units_stand_between_the_others_and_the_bias() -> None:
    bundle = small(2).bundle
    assert bundle.header.network.hidden == (5,)
    assert bundle.head[0].tolist() == [[1.0, -1.0, 0.5, 0.0, 0.0], [0.25, 0.0, -0.5, 0.0, 0.0]]
    assert (8 * bundle.head[1]).tolist() == [[1, 2], [3, 4], [5, 6], [0, 0], [0, 0], [7, 8]]


@pytest.mark.parametrize(("second_layer_pairs", "place"), [(1, 0), (2, 1)])
def test_harm_is_weighed_in_weights_in_both_layers(second_layer_pairs: int, place: int) -> None:
    # Place 0: the weight of the feature is zero for good, which costs unit 2 least: 0.5. Place 1: pairs of the second
    # layer are zero for good; of -1/2, 0 and 1/2, a third is lost in the mean, for each pair. One pair costs less than
    # 0.5 and two cost more, and the spare unit takes the dearer place.
    learner = small()
    first = stuck_low(learner, 0, (0, 0)).stuck
    second = stuck_low(learner, 1, (1, slice(0, second_layer_pairs))).stuck
    remap(learner, Faults(first | second, torch.full(first.shape, 5.0)), spares=1)
    assert unused_places(learner) == [place]


def test_the_lines_of_a_spare_unit_are_left_out_of_the_computation() -> None:
    learner = small()
    remap(learner, stuck_low(learner, 0, (slice(None), 1)), spares=1)
    assert learner.array.used_units is not None
    assert learner.array.used_units.tolist() == [[[1.0, 0.0, 1.0, 1.0]]]


def test_without_spare_units_every_unit_is_used() -> None:
    learner = small(0)
    remap(learner, stuck_low(learner, 0, (slice(None), 1)))
    assert learner.array.used_units is not None
    assert learner.array.used_units.tolist() == [[[1.0, 1.0, 1.0]]]
