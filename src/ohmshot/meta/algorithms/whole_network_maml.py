"""MAML with the network in the inner loop too: an upper bound in software."""

import torch
from torch import Tensor
from torch.func import functional_call

from ohmshot.bundle import head as heads
from ohmshot.bundle.head import Head
from ohmshot.bundle.standard import standard_of
from ohmshot.meta.algorithms.algorithm import (
    Algorithm,
    EpisodeBatch,
    Initialisation,
    mean_cross_entropy,
    network_layers,
    outer_cross_entropy,
)
from ohmshot.meta.hardware import WriteErrors


def _logits(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
    # Task by task: convolutions whose weights differ between tasks gain nothing from a batch, and take its memory.
    return torch.cat([_of_one_task(start, tasks, slice(i, i + 1), errors) for i in range(len(tasks))])


def _of_one_task(start: Initialisation, tasks: EpisodeBatch, task: slice, errors: WriteErrors | None) -> Tensor:
    """Adapt all layers to one task and answer its queries, [1, queries, ways]."""
    names = [name for name, _ in start.network.named_parameters()]
    layers = network_layers(start.network)
    columns = [*(layers.index(name.rpartition(".")[0]) for name in names), *range(-len(start.head), 0)]
    in_head = slice(len(names), None)
    differentiable = torch.is_grad_enabled()

    support, query = tasks.support[task][0], tasks.query[task][0]

    def logits(weights: list[Tensor], head: Head, inputs: Tensor) -> Tensor:
        """Answers of one task, [1, inputs, ways]; the first of the inputs are its support."""
        features = functional_call(start.network, dict(zip(names, weights, strict=False)), (inputs,))
        return heads.forward(head, standard_of(start.standard, features[: len(support)])(features)).logits

    with torch.enable_grad():
        weights = [
            weight if differentiable and weight.requires_grad else weight.detach().requires_grad_()
            for weight in (*start.network.parameters(), *(layer.expand(1, *layer.shape[-2:]) for layer in start.head))
        ]
        own = None if errors is None else errors.part(task)
        written = None if own is None else own.initialised(tuple(weights[in_head]))
        for step, rates in enumerate(start.log_rates.exp().unbind()):
            head = tuple(weights[in_head]) if written is None else written.actual
            loss = mean_cross_entropy(logits(weights, head, support), tasks.support_labels)
            gradients = torch.autograd.grad(loss, weights, create_graph=differentiable)
            weights = [w - rates[column] * g for w, g, column in zip(weights, gradients, columns, strict=True)]
            if own is not None and written is not None:
                weights[in_head] = own.clipped(tuple(weights[in_head]))
                written = own.rewritten(written, tuple(weights[in_head]), step + 1)
        head = tuple(weights[in_head]) if written is None else written.actual
    return logits(weights, head, torch.cat([support, query]))[:, len(support) :]


WHOLE_NETWORK_MAML = Algorithm(
    name="whole-network-maml",
    learns=frozenset({"network", "head", "rates", "temperature"}),
    moves=frozenset({"network", "head"}),
    loss=outer_cross_entropy(_logits),
    logits=_logits,
)
"""Second-order MAML as first published (Finn, Abbeel, Levine, ICML 2017): every layer moves in every update.

A device with fixed convolutions cannot do this. Write errors, where given, meet the head alone.
"""
