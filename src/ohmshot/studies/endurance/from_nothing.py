"""All layers on the chip, nothing learned before: what it takes to train the network there for one task.

Every weight of the network, convolutions too, lies on pairs of cells; the computer keeps exact weights, takes gradients
at the weights that the cells have, and after each step the cells whose level moves are written by the strategy. In
favour of this rival, cells are looked at without read noise or converters, and drawings are shifted by up to two pixels
at each step so that few examples go further.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from ohmshot.adapt.tasks import TaskBatch
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.header import ConvolutionShape
from ohmshot.bundle.preprocess import network_input
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import generator
from ohmshot.host.placement import arrays_needed
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.nn.placed_layers import PlacedLayers
from ohmshot.nn.settings import CrossbarSettings

WIDEST = 3.0
"""Weight at the widest conductance difference of a layer, in standard deviations of its random start."""
SHIFT = 2
"""Pixels."""


@dataclass(frozen=True)
class Rule:
    """A way to train.

    Attributes:
        name: as tables call it.
        optimiser: of the exact weights that the computer keeps.
        rate: its learning rate.
        one_example: whether a step takes one example, drawn at random, or all of them.
        steps: how many.
    """

    name: str
    optimiser: Literal["SGD", "Adam"]
    rate: float
    one_example: bool
    steps: int


@dataclass(frozen=True)
class Training:
    """One network trained on one chip, at its looks; all tensors [looks].

    Attributes:
        steps: steps so far.
        right: share of right answers.
        cell_writes: cells written so far, every time counted, the random start not counted.
        pulses: pulses so far.
    """

    steps: Tensor
    right: Tensor
    cell_writes: Tensor
    pulses: Tensor


class Network:
    """A network with all of its weights on one chip.

    Args:
        bundle: the network's shape.
        parameters: cell parameters.
        strategy: how cells are written.
        seed: seed of everything random.
        number: number of the chip and of its random start.
    """

    def __init__(
        self, bundle: Bundle, parameters: CellParameters, strategy: ProgrammingStrategy, seed: int, number: int
    ) -> None:
        self.layers = bundle.header.network.convolutions
        sizes = [(each.inputs * prod(each.kernel) + 1, each.outputs) for each in self.layers]
        self.shapes = [*sizes, *((weights.shape[0], weights.shape[1]) for weights in bundle.head)]
        arrays = arrays_needed(self.shapes, Circuit().pairs)
        self.chip = SimulatedCrossbar(parameters, Circuit().arrays(arrays), seed, [number])
        self.placed = PlacedLayers(self.chip, self.shapes, CrossbarSettings(strategy=strategy))
        random = generator(seed, "endurance", "from nothing", str(number))
        spreads = [(2 / (inputs - 1)) ** 0.5 for inputs, _ in self.shapes]  # He's variance for rectified inputs
        self.exact = [
            spread * torch.randn(shape, generator=random) for shape, spread in zip(self.shapes, spreads, strict=True)
        ]
        for weights in self.exact:
            weights[-1] = 0.0  # the bias
        self.full_scales = {layer: WIDEST * spread for layer, spread in enumerate(spreads)}
        self.write()

    @property
    def cells(self) -> int:
        """Cells that carry weights."""
        return 2 * sum(prod(shape) for shape in self.shapes)

    def write(self) -> tuple[int, int]:
        """Write the exact weights, held inside what a pair can carry; gives cells written and pulses."""
        for layer, weights in enumerate(self.exact):
            weights.clamp_(-self.full_scales[layer], self.full_scales[layer])
        done = self.placed.program(dict(enumerate(self.exact)), self.full_scales)
        return int(done.changed.sum()), int(done.cost.pulses.sum())

    def on_cells(self) -> list[Tensor]:
        """Weights that the cells have now, each a new leaf [inputs + 1, outputs]."""
        conductances = self.chip.true_conductances().flatten(1)
        return [each[0].float().requires_grad_() for each in self.placed.array.weights(conductances)]

    def logits(self, weights: Sequence[Tensor], values: Tensor) -> Tensor:
        """Run the network with some weights on inputs [n, channels, height, width]."""
        for layer, each in zip(self.layers, weights, strict=False):
            values = _convolved(layer, each, values)
        values = values.flatten(1)
        for each in weights[len(self.layers) : -1]:
            values = torch.relu(values @ each[:-1] + each[-1])
        return values @ weights[-1][:-1] + weights[-1][-1]


def _convolved(layer: ConvolutionShape, weights: Tensor, values: Tensor) -> Tensor:
    kernels = weights[:-1].T.reshape(layer.outputs, layer.inputs, *layer.kernel)
    values = functional.conv2d(values, kernels, weights[-1], layer.stride, layer.padding)
    return torch.relu(values) if layer.rectified else values


def train(
    network: Network, bundle: Bundle, task: TaskBatch, rule: Rule, looks: int, random: torch.Generator
) -> Training:
    """Train a fresh network for one task and look at it from time to time.

    Args:
        network: with its random start written.
        bundle: what its inputs are brought to.
        task: examples in place of features, of one episode: support [1, n, ...], query [1, m, ...].
        rule: how to train.
        looks: how often to look; the last look is after the last step.
        random: generator of shifts and of the order of examples.
    """
    preprocessing = bundle.header.preprocessing
    support, query = (network_input(each[0], preprocessing) for each in (task.support, task.query))
    kind = torch.optim.SGD if rule.optimiser == "SGD" else torch.optim.Adam
    optimiser = kind(network.exact, lr=rule.rate)
    written = pulses = 0
    rows = []
    for step, chosen in enumerate(_batches(len(support), rule, random), start=1):
        weights = network.on_cells()
        found = network.logits(weights, _shifted(support[chosen], random))
        gradients = torch.autograd.grad(functional.cross_entropy(found, task.support_labels[chosen]), weights)
        for exact, gradient in zip(network.exact, gradients, strict=True):
            exact.grad = gradient
        optimiser.step()
        changed, given = network.write()
        written, pulses = written + changed, pulses + given
        if step % max(rule.steps // looks, 1) == 0:
            with torch.no_grad():
                answers = network.logits(network.on_cells(), query).argmax(1)
            right = float((answers == task.query_labels).double().mean())
            rows.append((step, right, written, pulses))
    return Training(*torch.tensor(rows, dtype=torch.float64).T)


def _batches(examples: int, rule: Rule, random: torch.Generator) -> Iterator[Tensor]:
    for _ in range(rule.steps):
        yield torch.randint(examples, (1,), generator=random) if rule.one_example else torch.arange(examples)


def _shifted(values: Tensor, random: torch.Generator) -> Tensor:
    """Each picture [n, channels, height, width] moved by up to `SHIFT` pixels each way, filled with paper (0)."""
    height, width = values.shape[-2:]
    padded = functional.pad(values, (SHIFT,) * 4)
    corners = torch.randint(2 * SHIFT + 1, (len(values), 2), generator=random).tolist()
    return torch.stack([padded[i, :, y : y + height, x : x + width] for i, (y, x) in enumerate(corners)])
