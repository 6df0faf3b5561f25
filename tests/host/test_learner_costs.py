"""What the learner spends beyond writing."""

import dataclasses

import numpy as np
import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.faults import Faults
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.mapping import WeightMapping

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


def test_layers_that_do_not_learn_keep_their_targets_until_the_array_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[tuple[int, ...]] = []
    put = WeightMapping.put_targets

    def counted(self: WeightMapping, weights: torch.Tensor, *cells: np.ndarray) -> None:
        laid_out.append(tuple(weights.shape[1:]))
        put(self, weights, *cells)

    monkeypatch.setattr(WeightMapping, "put_targets", counted)
    learner = Learner(SimulatedCrossbar(LETI, Circuit(), 1, [0]), with_first_rates(0.0), LearnerSettings())
    first, second = (tuple(layer.shape) for layer in learner.bundle.head)
    learner.initialise()
    learner.begin_task(torch.randn(1, 25, first[0] - 1, generator=torch.Generator().manual_seed(0)), LABELS)
    for step in range(2):
        learner.update(step)
    assert laid_out == [first, second, second, second]
    learner.avoid(Faults(torch.zeros(1, 2048, dtype=torch.bool), torch.zeros(1, 2048)))
    learner.update(2)
    learner.avoid(None)
    learner.update(3)
    learner.update(4)
    assert laid_out[4:] == [first, second, first, second, second]
    assert torch.equal(learner.targets, learner.array.targets(learner.shadow))
