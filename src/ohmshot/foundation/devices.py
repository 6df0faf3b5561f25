"""Where tensors live: work is done on the device that `torch.device` makes the default one, as a context.

Random numbers are drawn on the processor whatever that device is, so that a chip's streams are the same on all.
"""

import torch
from torch import Tensor


def to_default_device(tensor: Tensor) -> Tensor:
    """Move a tensor to the default device; the tensor itself where it is there already."""
    return tensor.to(torch.get_default_device())
