import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape, Provenance
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import IDEAL_CIRCUIT, Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.mapping import WeightMapping
from ohmshot.host.placement import place
from ohmshot.host.strategies import STRATEGIES, strategy_named
from ohmshot.host.strategies.write_verify import StrategySettings

LETI = load_parameter_set("leti_hfo2_130nm").values
IDEAL = load_parameter_set("ideal").values


def bundle() -> Bundle:
    random = torch.Generator().manual_seed(4)
    network = NetworkShape(
        input=(1, 28, 28),
        convolutions=(ConvolutionShape(inputs=1, outputs=15, kernel=28, stride=1, padding=0, rectified=False),),
        features=15,
        hidden=47,
        ways=5,
    )
    header = BundleHeader(
        name="test",
        network=network,
        rates=((0.05, 0.5),) * 5,
        mapping=ConductanceMapping(weight_full_scale=(3.0, 3.0), input_full_scale=(8.0, 30.0)),
        provenance=Provenance(
            ohmshot_version="0", torch_version="0", created="", seed=0, training_data="", settings={}, metrics={}
        ),
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
        assert sum(a * b for a, b in shapes) > 0.85 * 1024
        return
    cells = torch.cat([t.flatten() for t in (*placement.plus, *placement.minus)])
    assert len(cells.unique()) == len(cells) == 2 * sum(a * b for a, b in shapes)
    assert 0 <= int(cells.min()) <= int(cells.max()) < 2048


def test_the_default_head_fits_and_a_larger_one_is_refused_with_the_count() -> None:
    assert len(place(((16, 47), (48, 5)), 32, 64).blocks) == 5
    with pytest.raises(SettingsError, match="needs 1245 pairs of cells; the array has 1024"):
        place(((16, 60), (57, 5)), 32, 64)


@settings(deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=20))
def test_mapping_and_unmapping_return_the_weight(values: list[float]) -> None:
    mapping = WeightMapping(2.0, 5.0, 111.6, None)
    weights = torch.tensor(values, dtype=torch.float64)
    torch.testing.assert_close(mapping.weights(*mapping.targets(weights)), weights)


def test_five_updates_on_an_ideal_chip_are_plain_gradient_descent() -> None:
    source = bundle()
    crossbar = SimulatedCrossbar(IDEAL, IDEAL_CIRCUIT, 1, [0, 1])
    learner = Learner(crossbar, source, LearnerSettings(strategy="single-shot-set", levels="continuous"))
    learner.initialise()
    features, labels = torch.randn(2, 25, 15), torch.arange(5).repeat_interleave(5)
    plain = [weights.expand(2, *weights.shape).clone().requires_grad_() for weights in source.head]
    for step in range(5):
        learner.update(features, labels, step)
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


def programmed(name: str, chips: int = 4) -> tuple[SimulatedCrossbar, torch.Tensor, torch.Tensor]:
    crossbar = SimulatedCrossbar(LETI, Circuit(), 3, list(range(chips)))
    cells = torch.arange(chips * 2048)
    crossbar.form(cells)
    levels = torch.tensor((LETI.reset_conductance, *LETI.level_conductances))
    targets = levels[cells % len(levels)]
    strategy_named(name)(crossbar, cells, targets, StrategySettings())
    return crossbar, crossbar.true_conductances().flatten(), targets


def test_verified_strategies_are_more_precise_than_a_single_shot_and_cost_more_pulses() -> None:
    errors, pulses = {}, {}
    for name in STRATEGIES:
        crossbar, reached, targets = programmed(name)
        at_level = targets > LETI.reset_conductance
        errors[name] = float((reached - targets)[at_level].abs().mean())
        pulses[name] = int(crossbar.meter().pulses.sum())
    for name in ("iterative-set", "iterative-reset", "hybrid"):
        assert errors[name] < 0.5 * errors["single-shot-set"]
        assert pulses[name] > pulses["single-shot-set"]


def test_the_hybrid_keeps_low_levels_better_than_iterative_set() -> None:
    spread = {}
    for name in ("iterative-set", "hybrid"):
        crossbar, _, targets = programmed(name)
        crossbar.wait(12 * 3600, 150)
        low = (targets > 40) & (targets < 55)
        spread[name] = float((crossbar.true_conductances().flatten() - targets)[low].square().mean().sqrt())
    assert spread["hybrid"] < 0.8 * spread["iterative-set"]


def test_only_cells_whose_level_changes_are_written() -> None:
    crossbar = SimulatedCrossbar(LETI, Circuit(), 1, [0])
    learner = Learner(crossbar, bundle(), LearnerSettings())
    learner.initialise()
    features, labels = 4 * torch.randn(1, 25, 15), torch.arange(5).repeat_interleave(5)
    before = crossbar.state.programmed.clone()
    written = learner.update(features, labels, 0)
    changed = int((crossbar.state.programmed != before).sum())
    assert 0 < changed <= int(written[0]) < 1500


def test_an_unknown_strategy_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="iterative-set"):
        strategy_named("guess")
