"""The network off the chip: four convolutional layers to be meta-trained, then folded for the device."""

import math

import torch
from torch import Tensor, nn

from ohmshot.bundle.bundle import of_unit_length
from ohmshot.bundle.header import ConvolutionShape


class FeatureNetwork(nn.Module):
    """Convolutions from one example to a few features.

    Three layers of stride 2 with batch norm and rectifier (28 to 14 to 7 to 4 pixels), each followed by so many
    residual blocks (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016: two layers of stride 1, whose
    result is added to their input), then one that covers what is left and ends, linear, in the narrow width that the
    crossbar takes. Along a dimension of size 1 nothing is convolved: a signal [channels, 1, length] sees
    one-dimensional kernels. Features are brought to one length, see `of_unit_length`.

    Args:
        filters: filters of the three layers of stride 2.
        features: filters of the last layer, the inputs of the head.
        shape: channels, height and width of one example.
        first_kernel: side of the first layer's kernel, odd; the others have 3. The first layer sees one channel, so a
            wider view costs little there.
        blocks: number of residual blocks after each of the three layers.
    """

    def __init__(
        self,
        filters: tuple[int, int, int],
        features: int,
        shape: tuple[int, int, int] = (1, 28, 28),
        first_kernel: int = 3,
        blocks: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        super().__init__()
        channels, height, width = shape
        stride = (min(height, 2), min(width, 2))
        inputs, layers, skips, widths = channels, [], [], []
        for outputs, side, count in zip(filters, (first_kernel, 3, 3), blocks, strict=True):
            kernel = (side if height > 1 else 1, side if width > 1 else 1)
            inner = (3 if height > 1 else 1, 3 if width > 1 else 1)
            layers.append(_convolution(inputs, outputs, kernel, stride))
            layers += [_convolution(outputs, outputs, inner, (1, 1)) for _ in range(2 * count)]
            skips += [0, *([0, 2] * count)]
            widths += [outputs] * (1 + 2 * count)
            inputs = outputs
        self.convolutions = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.last = nn.Conv2d(inputs, features, (math.ceil(height / 8), math.ceil(width / 8)))
        self.skips = tuple(skips)

    def forward(self, examples: Tensor) -> Tensor:
        """float32 [n, channels, height, width] to [n, features] of root mean square 1."""
        return of_unit_length(self.before_unit_length(examples))

    def before_unit_length(self, examples: Tensor) -> Tensor:
        """Features before they are brought to one length: float32 [n, channels, height, width] to [n, features]."""
        inputs = [examples.contiguous(memory_format=torch.channels_last)]
        for convolution, norm, skip in zip(self.convolutions, self.norms, self.skips, strict=True):
            values = norm(convolution(inputs[-1]))
            inputs.append(torch.relu(values + inputs[-skip] if skip else values))
        flat: Tensor = self.last(inputs[-1]).flatten(1)
        return flat.float()

    @torch.no_grad()
    def shift(self, offset: Tensor) -> None:
        """Add an offset [features] to the features before they are brought to one length."""
        assert self.last.bias is not None
        self.last.bias.add_(offset)

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
                rectified=layer is not self.last,
                skip=skip,
            )
            for (weight, _), layer, skip in zip(layers, (*self.convolutions, self.last), (*self.skips, 0), strict=True)
        )
        kept = tuple((w.detach().cpu().contiguous().clone(), b.detach().cpu().clone()) for w, b in layers)
        return kept, shapes


def _convolution(inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int]) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, (kernel[0] // 2, kernel[1] // 2), bias=False)
