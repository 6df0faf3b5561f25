"""A meta-learning algorithm: a loss that teaches an initialisation, and answers after adaptation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from ohmshot.bundle import head as heads
from ohmshot.bundle.head import Head
from ohmshot.bundle.standard import Standard, standard_of
from ohmshot.data.episodes import Episodes
from ohmshot.meta.hardware import WriteErrors
from ohmshot.meta.inner_loop import adapted

Part = Literal["network", "head", "rates", "temperature"]
"""Parts of an initialisation."""


@dataclass(frozen=True)
class EpisodeBatch:
    """A batch of episodes (few-shot tasks) as tensors, whatever the kind of data.

    Attributes:
        support: [tasks, examples, ...], examples to learn from.
        support_labels: int64 [examples], equal for all tasks.
        query: [tasks, queries, ...], examples to judge by.
        query_labels: int64 [queries].
        ways: number of classes.
    """

    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor
    ways: int

    def __len__(self) -> int:
        return self.support.shape[0]


def episode_batch(
    episodes: Episodes, values: Tensor, inputs: Callable[[Tensor], Tensor] = lambda chosen: chosen
) -> EpisodeBatch:
    """Return the tensors of some episodes.

    Args:
        episodes: choice of classes and examples.
        values: [classes, examples, ...], values of all examples.
        inputs: function applied to the chosen values, [tasks, examples, ...].
    """
    return EpisodeBatch(
        support=inputs(episodes.support(values)),
        support_labels=episodes.support_labels.to(values.device),
        query=inputs(episodes.query(values)),
        query_labels=episodes.query_labels.to(values.device),
        ways=episodes.shape.ways,
    )


@dataclass(frozen=True)
class Initialisation:
    """Parameters that meta-training learns and every task starts from.

    Attributes:
        network: function from inputs [n, ...] to features [n, features]; `torch.nn.Identity` where tasks hold features.
        head: the fully-connected layers.
        log_rates: natural logarithms of the learning rates, [updates, layers]: a column for each layer of the
            network (see `network_layers`) if it moves in the inner loop, and the last ones for the head. A rate of
            zero (minus infinity) stays zero.
        log_temperature: natural logarithm of the factor, [], on the logits in the outer loss. Without it that loss
            drives the rates up for the sake of surer answers.
        standard: how the features of a task are brought to a common origin and size.
    """

    network: nn.Module
    head: Head
    log_rates: Tensor
    log_temperature: Tensor
    standard: Standard = "support"

    @property
    def head_rates(self) -> Tensor:
        """Learning rates of the head, [updates, layers]."""
        return self.log_rates[:, -len(self.head) :].exp()


Answers = Callable[[Initialisation, EpisodeBatch, WriteErrors | None], Tensor]
"""A function of an initialisation, a batch of episodes and the write errors of its tasks; None for exact weights."""


@dataclass(frozen=True)
class Algorithm:
    """A meta-learning algorithm: add one by a file with such a record and an entry in `ALGORITHMS`.

    Attributes:
        name: name for `meta-train --algorithm`.
        learns: parts of an initialisation with a gradient of the loss.
        moves: parts that move in the inner loop; where the network does not, its features may be kept.
        loss: mean over tasks, differentiable; its gradient is what the outer loop follows.
        logits: answers to the queries after adaptation, [tasks, queries, ways].
    """

    name: str
    learns: frozenset[Part]
    moves: frozenset[Part]
    loss: Answers
    logits: Answers


def network_layers(network: nn.Module) -> tuple[str, ...]:
    """Return the names of the layers of a network that have parameters, in order."""
    return tuple(dict.fromkeys(name.rpartition(".")[0] for name, _ in network.named_parameters()))


def embedded(start: Initialisation, tasks: EpisodeBatch) -> tuple[Tensor, Tensor]:
    """Features of support and query, [tasks, examples, features] each: one pass of the network for all tasks.

    Those of a task are standardised as the host of a device does it.
    """
    inputs = torch.cat([tasks.support, tasks.query], 1)
    features: Tensor = start.network(inputs.flatten(0, 1))
    features = features.view(*inputs.shape[:2], -1)
    support, query = features[:, : tasks.support.shape[1]], features[:, tasks.support.shape[1] :]
    standard = standard_of(start.standard, support)
    return standard(support), standard(query)


def mean_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over tasks and queries: logits [tasks, queries, ways], labels [queries]."""
    return nn.functional.cross_entropy(logits.flatten(0, 1), labels.repeat(logits.shape[0]))


def outer_cross_entropy(logits: Answers) -> Answers:
    """Loss of an algorithm by its logits: cross entropy of the queries at the learned temperature."""

    def loss(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
        scaled = start.log_temperature.exp() * logits(start, tasks, errors)
        return mean_cross_entropy(scaled, tasks.query_labels)

    return loss


def logits_of_adapted_head(
    start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None, order: Literal["first", "second"]
) -> Tensor:
    """Adapt the head on the support and answer the queries, [tasks, queries, ways]."""
    support, query = embedded(start, tasks)
    learned = adapted(start.head, start.head_rates, support, tasks.support_labels, order, errors)
    return heads.forward(learned.actual, query).logits
