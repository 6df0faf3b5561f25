"""What the learner spends beyond writing."""

import dataclasses

import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.learner import Learner, LearnerSettings

LETI = load_parameter_set("leti_hfo2_130nm").values
LABELS = torch.arange(5).repeat_interleave(5)


def conversions(bundle: Bundle) -> list[float]:
    """Energy of the multiplies of each update."""
    crossbar = SimulatedCrossbar(LETI, Circuit(), 1, [0])
    learner = Learner(crossbar, bundle, LearnerSettings())
    learner.initialise()
    features = torch.randn(1, 25, bundle.header.network.features, generator=torch.Generator().manual_seed(0))
    learner.begin_task(features, LABELS)
    spent = []
    for step in range(3):
        before = crossbar.meter().of("multiply").joules
        learner.update(step)
        spent.append(float(crossbar.meter().of("multiply").joules - before))
    return spent


def with_first_rates(rate: float) -> Bundle:
    bundle = shipped_bundle("four-convolutions")
    rates = tuple((rate, second) for _, second in bundle.header.rates)
    return dataclasses.replace(bundle, header=bundle.header.model_copy(update={"rates": rates}))


def test_a_first_layer_that_does_not_learn_is_multiplied_once() -> None:
    first, *later = conversions(with_first_rates(0.0))
    assert all(energy < 0.6 * first for energy in later)


def test_a_first_layer_that_learns_is_multiplied_in_every_update() -> None:
    first, *later = conversions(with_first_rates(0.01))
    assert all(energy > 0.9 * first for energy in later)


def test_a_second_task_in_the_same_tensor_is_measured_anew() -> None:
    """What is kept of a support set is of this task alone, even where its tensor is used again for the next one."""
    random = torch.Generator().manual_seed(1)
    first, second = torch.randn(2, 1, 25, shipped_bundle("four-convolutions").header.network.features, generator=random)
    written, spent = [], []
    for reused in (True, False):
        crossbar = SimulatedCrossbar(LETI, Circuit(), 1, [0])
        learner = Learner(crossbar, with_first_rates(0.0), LearnerSettings())
        learner.initialise()
        features = first.clone()
        learner.begin_task(features, LABELS)
        for step in range(2):
            learner.update(step)
        learner.restart()
        features = features.copy_(second) if reused else second
        before = crossbar.meter()
        learner.begin_task(features, LABELS)
        learner.update(0)
        written.append(learner.targets)
        spent.append(float((crossbar.meter() - before).of("multiply").joules))
    assert torch.equal(*written)
    assert spent[0] == spent[1]
