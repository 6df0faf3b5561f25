"""Features that no gradient has made: the input itself, or its principal components."""

from typing import Literal

import torch
from torch import Tensor, nn

from ohmshot.bundle.header import ConvolutionShape

Fixed = Literal["none", "components"]


class FixedNetwork(nn.Module):
    """Hands the numbers of an example on, or a linear map of them.

    Attributes:
        last: the linear map, as a convolution over the whole example; None to hand the numbers on.
    """

    def __init__(self, last: nn.Conv2d | None) -> None:
        super().__init__()
        self.last = last

    def forward(self, examples: Tensor) -> Tensor:
        """float32 [n, channels, height, width] to [n, features]."""
        values: Tensor = examples if self.last is None else self.last(examples)
        return values.flatten(1)

    @torch.no_grad()
    def folded(self) -> tuple[tuple[tuple[Tensor, Tensor], ...], tuple[ConvolutionShape, ...]]:
        """Return weights and shapes for the device, on the CPU."""
        if self.last is None:
            return (), ()
        weight, bias = self.last.weight, self.last.bias
        assert bias is not None
        shape = ConvolutionShape(
            inputs=weight.shape[1],
            outputs=weight.shape[0],
            kernel=weight.shape[2:],
            stride=1,
            padding=0,
            rectified=False,
        )
        return ((weight.detach().cpu().clone(), bias.detach().cpu().clone()),), (shape,)


@torch.no_grad()
def principal_components(examples: Tensor, features: int) -> FixedNetwork:
    """Return the map to the first principal components of examples, [n, channels, height, width], centred."""
    flat = examples.flatten(1).double()
    mean = flat.mean(0)
    _, _, directions = torch.linalg.svd(flat - mean, full_matrices=False)
    # A component has no sign of its own: the largest of its numbers is made positive, so that no library decides it.
    chosen = directions[:features]
    chosen = chosen * chosen.gather(1, chosen.abs().argmax(1, keepdim=True)).sign()
    channels, height, width = examples.shape[1:]
    last = nn.Conv2d(channels, features, (height, width))
    last.weight.copy_(chosen.view_as(last.weight))
    assert last.bias is not None
    last.bias.copy_(-(chosen @ mean))
    return FixedNetwork(last)
