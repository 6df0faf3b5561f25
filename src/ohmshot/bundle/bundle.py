"""The learned initialisation that a fleet of devices shares, as it lies in memory."""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.head import Head
from ohmshot.bundle.header import BundleHeader, ConvolutionShape, Preprocessing

Convolutions = tuple[tuple[Tensor, Tensor], ...]
"""For each layer the weight [outputs, inputs, kernel, kernel] and the bias [outputs]."""


@dataclass(frozen=True)
class Bundle:
    """A meta-trained network: fixed convolutional layers and the initial weights of the head.

    Attributes:
        header: shapes, rates, mapping and provenance.
        convolutions: for each layer the weight [outputs, inputs, kernel, kernel] and the bias [outputs].
        head: initial weights of the two fully-connected layers, [features + 1, hidden] and [hidden + 1, ways].
    """

    header: BundleHeader
    convolutions: Convolutions
    head: Head

    @property
    def rates(self) -> Tensor:
        """Learning rates, [updates, 2]: first and second layer."""
        return torch.tensor(self.header.rates)

    @property
    def digest(self) -> str:
        """SHA-256 of header and weights, in hexadecimal: names this very bundle."""
        digest = hashlib.sha256(self.header.model_dump_json().encode())
        for tensor in (*(t for layer in self.convolutions for t in layer), *self.head):
            digest.update(tensor.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def features(self, images: Tensor, batch: int = 1024) -> Tensor:
        """Run the fixed layers, once for all pictures.

        Args:
            images: uint8, [..., side, side], 0 paper and 255 ink.
            batch: pictures in one go, to bound the memory.

        Returns:
            float32, [..., features].
        """
        network = self.header.network
        return run_convolutions(self.convolutions, network.convolutions, self.header.preprocessing, images, batch)


@torch.no_grad()
def run_convolutions(
    layers: Convolutions,
    shapes: tuple[ConvolutionShape, ...],
    preprocessing: Preprocessing,
    images: Tensor,
    batch: int = 1024,
) -> Tensor:
    """Run fixed layers over pictures: uint8 [..., side, side] to float32 [..., features]; see `Bundle.features`."""
    parts = []
    for part in torch.split(images.reshape(-1, 1, *images.shape[-2:]), batch):
        values = part.float() * preprocessing.scale
        for (weight, bias), shape in zip(layers, shapes, strict=True):
            values = torch.nn.functional.conv2d(values, weight, bias, shape.stride, shape.padding)
            if shape.rectified:
                values = torch.relu(values)
        parts.append(values.flatten(1))
    features = torch.cat(parts)
    return features.view(*images.shape[:-2], features.shape[-1])
