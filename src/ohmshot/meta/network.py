"""The network off the chip: four convolutional layers to be meta-trained, then folded for the device."""

import math

import torch
from torch import Tensor, nn

from ohmshot.bundle.bundle import of_unit_length
from ohmshot.bundle.header import ConvolutionShape


class FeatureNetwork(nn.Module):
    """Four convolutions from one example to a few features.

    Three layers of stride 2 with batch norm and rectifier (28 to 14 to 7 to 4 pixels), then one that covers what is
    left and ends, linear, in the narrow width that the crossbar takes. Along a dimension of size 1 nothing is
    convolved: a signal [channels, 1, length] sees one-dimensional kernels. Features are brought to one length, see
    `of_unit_length`.

    Args:
        filters: filters of the first three layers.
        features: filters of the fourth layer, the inputs of the head.
        shape: channels, height and width of one example.
        first_kernel: side of the first layer's kernel, odd; the others have 3. The first layer sees one channel, so a
            wider view costs little there.
    """

    def __init__(
        self,
        filters: tuple[int, int, int],
        features: int,
        shape: tuple[int, int, int] = (1, 28, 28),
        first_kernel: int = 3,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        widths = (channels, *filters)
        sides = [(side if height > 1 else 1, side if width > 1 else 1) for side in (first_kernel, 3, 3)]
        stride = (min(height, 2), min(width, 2))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(widths[i], widths[i + 1], side, stride, (side[0] // 2, side[1] // 2), bias=False)
            for i, side in enumerate(sides)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in filters)
        self.last = nn.Conv2d(filters[-1], features, (math.ceil(height / 8), math.ceil(width / 8)))

    def forward(self, examples: Tensor) -> Tensor:
        """float32 [n, channels, height, width] to [n, features] of root mean square 1."""
        values = examples.contiguous(memory_format=torch.channels_last)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            values = torch.relu(norm(convolution(values)))
        flat: Tensor = self.last(values).flatten(1)
        return of_unit_length(flat.float())

    @torch.no_grad()
    def folded(self) -> tuple[tuple[tuple[Tensor, Tensor], ...], tuple[ConvolutionShape, ...]]:
        """Return weights and shapes for the device, on the CPU, with batch norm folded in."""
        layers: list[tuple[Tensor, Tensor]] = []
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            assert isinstance(norm, nn.BatchNorm2d)
            assert isinstance(convolution, nn.Conv2d)
            assert norm.running_var is not None
            assert norm.running_mean is not None
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            layers.append((convolution.weight * gain[:, None, None, None], norm.bias - norm.running_mean * gain))
        assert self.last.bias is not None
        layers.append((self.last.weight, self.last.bias))
        shapes = tuple(
            ConvolutionShape(
                inputs=weight.shape[1],
                outputs=weight.shape[0],
                kernel=weight.shape[2:],
                stride=layer.stride,
                padding=layer.padding,
                rectified=i < 3,
            )
            for i, ((weight, _), layer) in enumerate(zip(layers, (*self.convolutions, self.last), strict=True))
        )
        kept = tuple((w.detach().cpu().contiguous().clone(), b.detach().cpu().clone()) for w, b in layers)
        return kept, shapes
