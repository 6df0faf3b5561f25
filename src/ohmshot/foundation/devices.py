"""Devices of tensors: work is done on the device that `torch.device` makes the default one, as a context.

Random numbers of tensors are drawn on the processor whatever that device is, and those of chips are counted
(`ohmshot.foundation.philox`), so that a chip's streams are the same on all.
"""

import contextlib
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.errors import SettingsError


def to_default_device(tensor: Tensor) -> Tensor:
    """Move a tensor to the default device; the tensor itself where it is there already."""
    return tensor.to(torch.get_default_device())


def tensor_on(array: np.ndarray, device: torch.device) -> Tensor:
    """Return an array as a tensor on a device: of the same memory on the processor, a copy elsewhere."""
    tensor = torch.from_numpy(array)
    return tensor if device.type == "cpu" else tensor.to(device)


def array_of(tensor: Tensor, dtype: torch.dtype) -> np.ndarray:
    """Return a tensor as an array of the processor's memory, in order; of the same memory where it is so already."""
    if tensor.dtype != dtype:
        tensor = tensor.to(dtype)
    array: np.ndarray = tensor.cpu().contiguous().numpy()
    return array


def computing_on(device: str) -> AbstractContextManager[object]:
    """Make a device, as PyTorch names it, the default one inside a block."""
    if torch.get_default_device() == torch.device(device):
        # The context of `torch.device` sends every operation through Python: up to 40 % of a fleet's time.
        return contextlib.nullcontext()
    return torch.device(device)


def chosen_device(name: str, rank_on_machine: int = 0) -> torch.device:
    """Return the device called "cpu", "cuda" or "auto" (CUDA where there is one).

    Args:
        name: name of the device.
        rank_on_machine: number of this process on its machine; processes take its GPUs in turn.

    Raises:
        SettingsError: no such device, or it is not there.
    """
    if name not in ("cpu", "cuda", "auto"):
        raise SettingsError(f"There is no device '{name}'. Choose one of cpu, cuda, auto.")
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("There is no CUDA device here. Use --device cpu, or install PyTorch with CUDA.")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", rank_on_machine % torch.cuda.device_count())
