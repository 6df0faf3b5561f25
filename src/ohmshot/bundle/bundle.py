"""The learned initialisation that a fleet of devices shares, as it lies in memory."""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.head import Head
from ohmshot.bundle.header import BundleHeader


@dataclass(frozen=True)
class Bundle:
    """A meta-trained network: fixed convolutional layers and the initial weights of the head.

    Attributes:
        header: shapes, rates, mapping and provenance.
        convolutions: for each layer the weight [outputs, inputs, kernel, kernel] and the bias [outputs].
        head: initial weights of the two fully-connected layers, [features + 1, hidden] and [hidden + 1, ways].
    """

    header: BundleHeader
    convolutions: tuple[tuple[Tensor, Tensor], ...]
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
        side = self.header.network.image_side
        flat = images.reshape(-1, 1, side, side)
        done = [self._features_of(part) for part in torch.split(flat, batch)]
        return torch.cat(done).view(*images.shape[:-2], self.header.network.features)

    @torch.no_grad()
    def _features_of(self, images: Tensor) -> Tensor:
        values = images.float() * self.header.preprocessing.scale
        for (weight, bias), shape in zip(self.convolutions, self.header.network.convolutions, strict=True):
            values = torch.nn.functional.conv2d(values, weight, bias, shape.stride, shape.padding)
            if shape.rectified:
                values = torch.relu(values)
        return values.flatten(1)
