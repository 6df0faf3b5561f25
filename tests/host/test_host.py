import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import IDEAL_CIRCUIT, Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.mapping import Levels, mapping_for
from ohmshot.host.pairs import PAIR_POLICIES
from ohmshot.host.placement import place
from ohmshot.host.strategies.registry import strategy_named
from untrained import UNTRAINED

LETI = load_parameter_set("leti_hfo2_130nm").values
IDEAL = load_parameter_set("ideal").values
DATASHEET = SimulatedCrossbar(LETI, Circuit(), 0, [0]).datasheet


def bundle() -> Bundle:
    random = torch.Generator().manual_seed(4)
    network = NetworkShape(
        input=(1, 28, 28),
        convolutions=(ConvolutionShape(inputs=1, outputs=15, kernel=28, stride=1, padding=0, rectified=False),),
        features=15,
        hidden=(47,),
        ways=5,
    )
    header = BundleHeader(
        name="test",
        network=network,
        rates=((0.05, 0.5),) * 5,
        mapping=ConductanceMapping(weight_full_scale=(3.0, 3.0), input_full_scale=(8.0, 30.0), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    convolutions = ((torch.randn(15, 1, 28, 28, generator=random), torch.zeros(15)),)
    head = (torch.randn(16, 47, generator=random) * 0.3, torch.randn(48, 5, generator=random) * 0.1)
    return Bundle(header, convolutions, head)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(2, 10))
def test_every_weight_has_its_own_pair_of_cells(inputs: int, hidden: int, ways: int) -> None:
    shapes = ((inputs, hidden), (hidden + 1, ways))
    try:
        placement = place(shapes, 32, 64)
    except SettingsError:
        assert sum(a * b for a, b in shapes) > 1024
        return
    cells = torch.cat([t.flatten() for t in (*placement.plus, *placement.minus)])
    assert len(cells.unique()) == len(cells) == 2 * sum(a * b for a, b in shapes)
    assert 0 <= int(cells.min()) <= int(cells.max()) < 2048


def test_the_default_head_fits_and_a_larger_one_is_refused_with_the_count() -> None:
    assert len(place(((16, 47), (48, 5)), 32, 64).blocks) == 5
    with pytest.raises(SettingsError, match="needs 1245 pairs of cells; the array has 1024"):
        place(((16, 60), (57, 5)), 32, 64)


@settings(deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=20), st.sampled_from(list(PAIR_POLICIES)))
def test_mapping_and_unmapping_return_the_weight(values: list[float], policy: str) -> None:
    mapping = mapping_for(DATASHEET, 2.0, "continuous", policy)
    weights = torch.tensor(values, dtype=torch.float64)
    torch.testing.assert_close(mapping.weights(*mapping.targets(weights)), weights)


@pytest.mark.parametrize("policy", list(PAIR_POLICIES))
@pytest.mark.parametrize("levels", ["datasheet", 2, 64, (5.0, 20.0, 116.6)])
def test_every_target_is_a_level_inside_the_window(policy: str, levels: Levels) -> None:
    mapping = mapping_for(DATASHEET, 1.0, levels, policy)
    targets = torch.cat(mapping.targets(torch.linspace(-2, 2, 201)))
    assert mapping.levels is not None
    assert set(targets.tolist()) <= set(mapping.levels.tolist())


def test_one_fixed_never_moves_the_minus_cell_and_one_sided_keeps_a_partner_reset() -> None:
    weights = torch.linspace(-1, 1, 21)
    _, minus = mapping_for(DATASHEET, 1.0, "datasheet", "one-fixed").targets(weights)
    assert len(minus.unique()) == 1
    plus, minus = mapping_for(DATASHEET, 1.0, "datasheet", "one-sided").targets(weights)
    assert bool((torch.minimum(plus, minus) == DATASHEET.reset_conductance).all())


@pytest.mark.parametrize("levels", [1, (20.0, 5.0), "many"])
def test_levels_that_no_cell_can_have_are_refused(levels: Levels) -> None:
    with pytest.raises(SettingsError, match="evels"):
        mapping_for(DATASHEET, 1.0, levels)


def test_an_unknown_pair_policy_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="balanced"):
        mapping_for(DATASHEET, 1.0, "datasheet", "both")


def test_five_updates_on_an_ideal_chip_are_plain_gradient_descent() -> None:
    source = bundle()
    crossbar = SimulatedCrossbar(IDEAL, IDEAL_CIRCUIT, 1, [0, 1])
    learner = Learner(
        crossbar, source, LearnerSettings(strategy=strategy_named("single-shot-set"), levels="continuous")
    )
    learner.initialise()
    features, labels = torch.randn(2, 25, 15), torch.arange(5).repeat_interleave(5)
    plain = [weights.expand(2, *weights.shape).clone().requires_grad_() for weights in source.head]
    learner.begin_task(features, labels)
    for step in range(5):
        learner.update(step)
        logits = heads.forward((plain[0], plain[1]), features).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.repeat(2)) * 2
        found = torch.autograd.grad(loss, plain)
        plain = [
            (weights - rate * gradient).detach().requires_grad_()
            for weights, gradient, rate in zip(plain, found, source.rates[step], strict=True)
        ]
    for on_chip, wanted in zip(learner.read_back(), plain, strict=True):
        torch.testing.assert_close(on_chip, wanted.detach(), rtol=0, atol=1e-5)
    torch.testing.assert_close(
        learner.forward(features).logits,
        heads.forward((plain[0], plain[1]), features).logits.detach(),
        rtol=0,
        atol=1e-4,
    )


def test_only_cells_whose_level_changes_are_written() -> None:
    crossbar = SimulatedCrossbar(LETI, Circuit(), 1, [0])
    learner = Learner(crossbar, bundle(), LearnerSettings())
    learner.initialise()
    features, labels = 4 * torch.randn(1, 25, 15), torch.arange(5).repeat_interleave(5)
    before = crossbar.state.programmed.clone()
    learner.begin_task(features, labels)
    written = learner.update(0)
    changed = int((crossbar.state.programmed != before).sum())
    assert 0 < changed <= int(written[0]) < 1500


def test_a_write_threshold_writes_fewer_cells() -> None:
    written = {}
    for threshold in (0.0, 5.0):
        crossbar = SimulatedCrossbar(LETI, Circuit(), 1, [0])
        learner = Learner(crossbar, bundle(), LearnerSettings(levels="continuous", write_threshold=threshold))
        learner.initialise()
        features = 4 * torch.randn(1, 25, 15, generator=torch.Generator().manual_seed(0))
        learner.begin_task(features, torch.arange(5).repeat_interleave(5))
        written[threshold] = int(learner.update(0)[0])
    assert 0 < written[5.0] < written[0.0]
