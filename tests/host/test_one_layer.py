"""A head of one layer, each weight on two pairs of cells."""

import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import IDEAL_CIRCUIT
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.strategies.registry import strategy_named
from untrained import UNTRAINED

WEIGHTS = torch.tensor([[0.5, -1.0], [0.25, 0.0]])  # one feature and the bias, two ways


def learner() -> tuple[Learner, SimulatedCrossbar]:
    layer = ConvolutionShape(inputs=1, outputs=1, kernel=1, stride=1, padding=0, rectified=False)
    header = BundleHeader(
        name="one layer",
        network=NetworkShape(input=(1, 1, 1), convolutions=(layer,), features=1, hidden=(), ways=2),
        rates=((1.0,),),
        mapping=ConductanceMapping(weight_full_scale=(2.0,), input_full_scale=(4.0,), copies=(2,)),
        provenance=UNTRAINED,
    )
    bundle = Bundle(header, ((torch.ones(1, 1, 1, 1), torch.zeros(1)),), (WEIGHTS,))
    crossbar = SimulatedCrossbar(load_parameter_set("ideal").values, IDEAL_CIRCUIT, 1, [0])
    settings = LearnerSettings(strategy=strategy_named("single-shot-set"), levels="continuous")
    return Learner(crossbar, bundle, settings), crossbar


def test_both_pairs_carry_half_of_a_weight() -> None:
    host, crossbar = learner()
    host.initialise()
    held = crossbar.true_conductances().flatten()
    # 2 x 120 uS stand for the weight 2, so each pair has 60 uS for a weight of 1.
    half = torch.tensor([[30.0, -60.0], [15.0, 0.0]])
    expected = torch.cat([half, half], 1)
    difference = held[host.array.placement.plus[0]] - held[host.array.placement.minus[0]]
    torch.testing.assert_close(difference, expected, rtol=0, atol=1e-4)
    torch.testing.assert_close(host.read_back()[0][0], WEIGHTS, rtol=0, atol=1e-5)


def test_the_answers_and_the_update_are_those_of_the_weights() -> None:
    host, _ = learner()
    host.initialise()
    logits = host.forward(torch.tensor([[[2.0]]])).logits
    torch.testing.assert_close(logits, torch.tensor([[[1.25, -2.0]]]), rtol=0, atol=1e-4)
    host.begin_task(torch.tensor([[[0.0]]]), torch.tensor([1]))
    host.update(0)
    # At the feature 0 the logits are the biases 0.25 and 0: the shares are 0.5622 and 0.4378, and only biases move.
    moved = torch.tensor([[0.5, -1.0], [0.25 - 0.5622, 0.5622]])
    torch.testing.assert_close(host.shadow[0][0], moved, rtol=0, atol=1e-4)
    torch.testing.assert_close(host.read_back()[0][0], moved, rtol=0, atol=1e-4)
