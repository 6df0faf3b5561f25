"""Every algorithm on tasks that are no pictures: clusters in a few directions, drowned by noise in the others."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from ohmshot.bundle import head as heads
from ohmshot.bundle.hand_made import identity_head
from ohmshot.bundle.nearest_mean import nearest_mean_logits
from ohmshot.bundle.standard import TaskStandard
from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.algorithms import ALGORITHMS, algorithm_named
from ohmshot.meta.algorithms.algorithm import Algorithm, EpisodeBatch, Initialisation, embedded, mean_cross_entropy
from ohmshot.meta.hardware import WriteErrorModel

WAYS, SHOTS, QUERIES, INPUTS = 4, 3, 10, 8
TELLING = 2
"""Only this many directions tell classes apart."""
HARDWARE = WriteErrorModel((1.5, 2.0), (0.0, 0.25, 0.5, 0.75, 1.0), 0.03)


def tasks(count: int, seed: int) -> EpisodeBatch:
    random = torch.Generator().manual_seed(seed)
    centres = torch.randn(count, WAYS, 1, TELLING, generator=random)
    noise = 0.2 * torch.randn(count, WAYS, SHOTS + QUERIES, TELLING, generator=random)
    rest = torch.randn(count, WAYS, SHOTS + QUERIES, INPUTS - TELLING, generator=random)
    examples = torch.cat([centres + noise, rest], -1)
    support, query = examples[:, :, :SHOTS].flatten(1, 2), examples[:, :, SHOTS:].flatten(1, 2)
    labels = torch.arange(WAYS)
    return EpisodeBatch(support, labels.repeat_interleave(SHOTS), query, labels.repeat_interleave(QUERIES), WAYS)


def beginning(algorithm: Algorithm, network: nn.Module | None = None) -> Initialisation:
    network = network or (nn.Linear(INPUTS, INPUTS) if "network" in algorithm.moves else nn.Identity())
    if isinstance(network, nn.Linear):
        nn.init.eye_(network.weight)
    layers = 2 + sum(1 for _ in network.children()) + isinstance(network, nn.Linear)
    rates = torch.full((5, layers), 0.5 if layers == 2 else 0.1)
    return Initialisation(network, identity_head(INPUTS, (2 * INPUTS,), WAYS), rates.log(), torch.zeros(()))


def accuracy(algorithm: Algorithm, start: Initialisation) -> float:
    with torch.no_grad():
        unseen = tasks(60, 99)
        return float((algorithm.logits(start, unseen, None).argmax(-1) == unseen.query_labels).float().mean())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_learns_to_learn(name: str) -> None:
    torch.manual_seed(0)
    algorithm = algorithm_named(name)
    start = beginning(algorithm, nn.Linear(INPUTS, INPUTS) if name == "prototypical" else None)
    learned = [start.head[0]] if "head" in algorithm.learns else []
    learned += [start.log_rates] if "rates" in algorithm.learns else []
    learned += [start.log_temperature] if "temperature" in algorithm.learns else []
    learned += list(start.network.parameters()) if "network" in algorithm.learns else []
    for tensor in learned:
        tensor.requires_grad_()
    # Reptile's own step: a share of the way to where the tasks end.
    optimiser = torch.optim.SGD(learned, lr=0.5) if name == "reptile" else torch.optim.Adam(learned, lr=0.05)
    before = accuracy(algorithm, start)
    for iteration in range(20):
        optimiser.zero_grad()
        algorithm.loss(start, tasks(4, iteration), None).backward()
        optimiser.step()
    assert accuracy(algorithm, start) > before + 0.05


@pytest.mark.parametrize("name", [name for name in ALGORITHMS if name != "prototypical"])
@pytest.mark.parametrize("hardware", [None, HARDWARE])
def test_before_the_first_update_every_class_is_equally_likely(name: str, hardware: WriteErrorModel | None) -> None:
    start = beginning(algorithm_named(name))
    start = replace(start, log_rates=start.log_rates[:0])
    errors = None
    if hardware is not None:
        exact = replace(hardware, spread=0.0)
        errors = exact.drawn(start.head, 3, 0, torch.Generator())
    with torch.no_grad():
        logits = algorithm_named(name).logits(start, tasks(3, 0), errors)
    assert float(logits.abs().max()) == 0


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_order_of_the_classes_does_not_matter(name: str) -> None:
    algorithm = algorithm_named(name)
    start = beginning(algorithm)
    order = torch.tensor([2, 0, 3, 1])
    asked = tasks(3, 0)
    renamed = replace(asked, support_labels=order[asked.support_labels], query_labels=order[asked.query_labels])
    with torch.no_grad():
        one, other = algorithm.logits(start, asked, None), algorithm.logits(start, renamed, None)
    torch.testing.assert_close(other[..., order], one, rtol=0, atol=1e-5)


def double(start: Initialisation, network: nn.Module) -> Initialisation:
    torch.manual_seed(4)
    first = torch.randn_like(start.head[0]).double() * 0.3
    second = torch.randn_like(start.head[1]).double() * 0.3
    return Initialisation(network.double(), (first, second), start.log_rates.double(), start.log_temperature.double())


@pytest.mark.parametrize("name", ["maml", "whole-network-maml", "prototypical"])
def test_meta_gradients_agree_with_finite_differences(name: str) -> None:
    algorithm = algorithm_named(name)
    network = nn.Sequential(nn.Linear(INPUTS, 3), nn.Tanh())
    start = double(beginning(algorithm, nn.Identity()), network)
    first = start.head[0][[*range(3), -1], :4].clone().requires_grad_()
    second = start.head[1][[*range(4), -1]]
    log_rates = torch.full((2, 3 if "network" in algorithm.moves else 2), 0.3, dtype=torch.float64).log()
    asked = tasks(2, 1)
    asked = replace(asked, support=asked.support.double(), query=asked.query.double())

    def loss(first: Tensor, log_rates: Tensor, log_temperature: Tensor, *parameters: Tensor) -> Tensor:
        # The same tensors, so that gradcheck's small changes of them are seen.
        return algorithm.loss(Initialisation(network, (first, second), log_rates, log_temperature), asked, None)

    parameters = tuple(network.parameters())
    log_temperature = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        loss, (first, log_rates.requires_grad_(), log_temperature, *parameters), eps=1e-6, atol=1e-6
    )


def test_batched_tasks_are_vmap_over_single_ones_and_the_written_out_gradients_those_of_torch_func() -> None:
    maml, start, asked = algorithm_named("maml"), beginning(algorithm_named("maml")), tasks(3, 0)

    def one(support: Tensor, query: Tensor) -> Tensor:
        head, standard = start.head, TaskStandard.of(support)
        support, query = standard(support), standard(query)
        for rates in start.head_rates:
            gradient = torch.func.grad(
                lambda moving: mean_cross_entropy(heads.forward(moving, support).logits[None], asked.support_labels)
            )(head)
            head = heads.updated(head, gradient, rates)
        return heads.forward(head, query).logits

    torch.testing.assert_close(
        maml.logits(start, asked, None), torch.func.vmap(one)(asked.support, asked.query), rtol=0, atol=1e-5
    )


def test_moving_a_network_without_layers_is_moving_the_head_alone() -> None:
    start, asked = beginning(algorithm_named("maml")), tasks(3, 0)
    errors = HARDWARE.drawn(start.head, 3, 5, torch.Generator().manual_seed(1))
    for hardware in (None, replace(errors, normal=(0 * errors.normal[0], 0 * errors.normal[1]))):
        whole = algorithm_named("whole-network-maml").logits(start, asked, hardware)
        torch.testing.assert_close(whole, algorithm_named("maml").logits(start, asked, hardware), rtol=0, atol=1e-3)


def test_first_order_answers_as_second_order_but_learns_from_less() -> None:
    first, second = algorithm_named("first-order-maml"), algorithm_named("maml")
    start, asked = beginning(second), tasks(3, 0)
    start.head[0].requires_grad_()
    torch.testing.assert_close(first.logits(start, asked, None), second.logits(start, asked, None))
    gradients = [torch.autograd.grad(a.loss(start, asked, None), start.head[0])[0] for a in (first, second)]
    assert not torch.allclose(*gradients, rtol=0.01)


def test_reptile_steps_to_the_mean_of_the_adapted_weights() -> None:
    reptile, asked = algorithm_named("reptile"), tasks(3, 0)
    start = beginning(reptile)
    start.head[0].requires_grad_()
    (gradient,) = torch.autograd.grad(reptile.loss(start, asked, None), start.head[0])
    ends = []
    for task in range(3):
        head = [w.detach().clone().requires_grad_() for w in start.head]
        for rates in start.head_rates:
            support = TaskStandard.of(asked.support[task])(asked.support[task])
            logits = heads.forward((head[0], head[1]), support).logits
            found = torch.autograd.grad(nn.functional.cross_entropy(logits, asked.support_labels), head)
            head = [(w - rate * g).detach().requires_grad_() for w, rate, g in zip(head, rates, found, strict=True)]
        ends.append(head[0])
    torch.testing.assert_close(start.head[0] - gradient, torch.stack(ends).mean(0), rtol=0, atol=1e-5)


def test_prototypes_are_the_nearest_mean() -> None:
    asked = tasks(2, 0)
    support, query = embedded(beginning(algorithm_named("maml")), asked)
    answers = nearest_mean_logits(support, asked.support_labels, query, WAYS).argmax(-1)
    for task in range(2):
        means = support[task].view(WAYS, SHOTS, -1).mean(1)
        assert answers[task].tolist() == [int((means - q).norm(dim=1).argmin()) for q in query[task]]


def test_an_unknown_algorithm_is_named_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="maml, first-order-maml, reptile, whole-network-maml, prototypical"):
        algorithm_named("magic")
