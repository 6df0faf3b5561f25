"""The learned initialisation that a fleet of devices shares, as it lies in memory."""

import hashlib
import math
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ohmshot.bundle.graph import run_graph
from ohmshot.bundle.head import Head
from ohmshot.bundle.header import (
    BundleHeader,
    ConvolutionShape,
    DrawingPreprocessing,
    FeaturePreprocessing,
    ImagePreprocessing,
    Preprocessing,
    RealTargets,
    SignalPreprocessing,
)
from ohmshot.bundle.preprocess import network_input
from ohmshot.bundle.standard import TaskStandard, standard_of
from ohmshot.foundation.errors import BundleError, SettingsError
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.summary import Summarised, Summary

Convolutions = tuple[tuple[Tensor, Tensor], ...]
"""For each layer the weight [outputs, inputs, kernel height, kernel width] and the bias [outputs]."""


@dataclass(frozen=True, repr=False)
class Bundle(Summarised):
    """A meta-trained network: a fixed part, if any, and the initial weights of the head.

    Attributes:
        header: shapes, rates, mapping and provenance.
        convolutions: see `Convolutions`.
        head: initial weights of the fully-connected layers (`ohmshot.bundle.head.Head`).
        graph: an ONNX graph in place of the convolutions, as its file holds it; empty for none.

    Examples:
        >>> import ohmshot as oh
        >>> bundle = oh.load_bundle("characters")
        >>> bundle.features(oh.load_examples("digits").values).shape  # classes, examples, features
        torch.Size([10, 174, 29])
        >>> bundle.for_ways(7).rates.shape  # updates, layers of the head
        torch.Size([5, 1])
    """

    header: BundleHeader
    convolutions: Convolutions
    head: Head
    graph: bytes = field(default=b"", repr=False)

    def _summary(self) -> Summary:
        header, network = self.header, self.header.network
        head = "-".join(map(str, (network.features, *network.hidden, network.ways)))
        fixed = counted(len(network.convolutions), "convolution") if network.convolutions else "no layer"
        if self.graph:
            fixed = f"an ONNX graph of {len(self.graph):,} bytes"
        example, updates = _times(self.example_shape), len(header.rates)
        weights = sum(weights.numel() for weights in self.head)
        rows = (
            ("examples", f"{header.preprocessing.examples} of shape {example}"),
            ("fixed part", f"{fixed}, {counted(network.features, 'feature')}"),
            ("head", f"{head}, {weights:,} weights with their biases, {header.provenance.head}"),
            ("pairs of cells a weight", ", ".join(map(str, header.mapping.copies))),
            ("weight full scale", ", ".join(f"{scale:.3g}" for scale in header.mapping.weight_full_scale)),
            ("updates", str(updates)),
            ("rates of the last layer", ", ".join(f"{row[-1]:.3g}" for row in header.rates)),
            ("made", f"{header.provenance.created} with ohmshot {header.provenance.ohmshot_version}"),
            ("trained on", header.provenance.training_data),
            ("SHA-256", self.digest),
        )
        text = (
            f"{header.name!r}: {header.preprocessing.examples} of {example}, head {head}, {counted(updates, 'update')}"
        )
        return Summary(text, rows)

    @property
    def rates(self) -> Tensor:
        """Learning rates, [updates, layers]."""
        return torch.tensor(self.header.rates)

    @property
    def digest(self) -> str:
        """SHA-256 of header and weights, in hexadecimal: names this very bundle."""
        digest = hashlib.sha256(self.header.model_dump_json().encode())
        for tensor in (*(t for layer in self.convolutions for t in layer), *self.head):
            digest.update(tensor.contiguous().numpy().tobytes())
        digest.update(self.graph)
        return digest.hexdigest()

    def features(self, examples: Tensor, batch: int = 1024) -> Tensor:
        """Run the fixed part, once for all examples.

        Args:
            examples: drawings uint8 [..., side, side], 0 paper and 255 ink, signals of any kind, float32
                [..., channels, length], features that a person computed, float32 [..., features, 1], or images float32
                [..., channels, height, width], whichever the bundle is for.
            batch: examples in one go, to bound the memory.

        Returns:
            float32, [..., features].

        Raises:
            BundleError: examples of another shape than the bundle is for.
        """
        network = self.header.network
        wanted, preprocessing = self.example_shape, self.header.preprocessing
        given = tuple(examples.shape[-len(wanted) :])
        if given != wanted:
            raise BundleError(
                f"The bundle {self.header.name} is for {preprocessing.examples} of shape {_times(wanted)}, not "
                f"{_times(given)}. Give a bundle for these data."
            )
        if network.graph is None:
            features = run_convolutions(self.convolutions, network.convolutions, preprocessing, examples, batch)
        else:
            flat = examples.reshape(-1, *wanted)
            values = flat if network.graph.dtype == "uint8" else network_input(flat, preprocessing)
            features = run_graph(self.graph, network.graph, values, batch)
            features = features.view(*examples.shape[: -len(wanted)], features.shape[-1])
        return of_unit_length(features) if network.unit_length else features

    def for_ways(self, ways: int) -> "Bundle":
        """Return the bundle for tasks of another number of classes.

        A last layer of zeros is the same for any number of outputs. The first update writes
        ``rate / ways * class mean`` into it, so the rates grow with the number of ways.

        Raises:
            SettingsError: the last layer is not zero, so it belongs to its number of classes, or the bundle is for
                real vectors.
        """
        network = self.header.network
        if self.header.targets is not None:
            raise SettingsError(f"The bundle {self.header.name} learns real vectors and tells no classes apart.")
        if ways == network.ways:
            return self
        if bool(self.head[-1].any()):
            raise SettingsError(f"The bundle tells {network.ways} classes apart; ask for as many ways.")
        share = ways / network.ways
        header = self.header.model_copy(
            update={
                "network": network.model_copy(update={"ways": ways}),
                "rates": tuple(tuple(rate * share for rate in row) for row in self.header.rates),
            }
        )
        *others, last = self.head
        return replace(self, header=header, head=(*others, last.new_zeros(len(last), ways)))

    def standard(self, support: Tensor, labels: Tensor | None = None) -> TaskStandard:
        """Standard of a task's features, measured on its support set; see `TaskStandard.of`.

        Real vectors as labels weigh no example more than another.
        """
        return standard_of(self.header.standard, support, None if self.header.targets else labels)

    def scaled(self, targets: Tensor) -> Tensor:
        """Targets as the head learns them, [..., outputs] in their own unit to numbers about 1.

        Raises:
            SettingsError: the bundle tells classes apart, or has another number of outputs.
        """
        known = self._targets()
        if targets.shape[-1] != len(known.mean):
            raise SettingsError(
                f"The bundle {self.header.name} gives {counted(len(known.mean), 'number')}; the targets given have "
                f"{targets.shape[-1]}. Give as many."
            )
        return (targets - targets.new_tensor(known.mean)) / targets.new_tensor(known.scale)

    def predicted(self, outputs: Tensor) -> Tensor:
        """Outputs of the head in the unit of the targets: the inverse of `scaled`.

        Raises:
            SettingsError: the bundle tells classes apart.
        """
        known = self._targets()
        return outputs * outputs.new_tensor(known.scale) + outputs.new_tensor(known.mean)

    def _targets(self) -> RealTargets:
        if self.header.targets is None:
            raise SettingsError(f"The bundle {self.header.name} tells classes apart and predicts no numbers.")
        return self.header.targets

    @property
    def example_shape(self) -> tuple[int, ...]:
        """Shape of one example: (side, side) of drawings, (channels, length) of signals, (features, 1) of features,
        (channels, height, width) of images."""
        channels, height, width = self.header.network.input
        match self.header.preprocessing:
            case DrawingPreprocessing():
                return height, width
            case SignalPreprocessing():
                return channels, width
            case FeaturePreprocessing(features=count):
                return count, 1
            case ImagePreprocessing():
                return channels, height, width
            case other:
                return other.channels, other.length


@torch.no_grad()
def run_convolutions(
    layers: Convolutions,
    shapes: tuple[ConvolutionShape, ...],
    preprocessing: Preprocessing,
    examples: Tensor,
    batch: int = 1024,
) -> Tensor:
    """Run fixed layers over examples, [..., *shape of one] to float32 [..., features]; see `Bundle.features`."""
    parts, rank = [], 3 if isinstance(preprocessing, ImagePreprocessing) else 2
    for part in torch.split(examples.flatten(0, -1 - rank), batch):
        inputs = [network_input(part, preprocessing)]
        for (weight, bias), shape in zip(layers, shapes, strict=True):
            values = torch.nn.functional.conv2d(inputs[-1], weight, bias, shape.stride, shape.padding)
            if shape.skip:
                values = values + inputs[-shape.skip]
            inputs.append(torch.relu(values) if shape.rectified else values)
        parts.append(inputs[-1].flatten(1))
    features = torch.cat(parts)
    return features.view(*examples.shape[:-rank], features.shape[-1])


def of_unit_length(features: Tensor) -> Tensor:
    """Bring each feature vector [..., features] to a root mean square of 1.

    With vectors of one length, the class means that the first update writes make a nearest-mean classifier: the term
    of the squared length, which a linear layer lacks, is the same for all classes but for their spread.
    """
    return torch.nn.functional.normalize(features, dim=-1) * math.sqrt(features.shape[-1])


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)
