"""A second device that is not there: the bookkeeping of one, on the processor, so that no test needs a GPU."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors
from torch.utils._pytree import tree_leaves

HERE = torch.device("meta")
"""Stands for the pretended device where a default device is asked for; nothing is ever made on it."""
_TAKES_ANY = {Tensor.__getitem__, Tensor.__setitem__, Tensor.copy_}


class WrongDeviceError(AssertionError):
    """An operation that a real device would refuse."""


class PretendedDevice(TorchFunctionMode):
    """Tensors made without a device are on the pretended one; operations on tensors of both are refused, as CUDA's are.

    Single numbers of the processor go with anything. Nothing else comes here but what is moved to `HERE`.

    Attributes:
        operations: how many gave a tensor on the pretended device.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func == Tensor.device.__get__ and is_here(args[0]):  # type: ignore[attr-defined]
            return HERE
        if kwargs.get("device") == HERE:
            kwargs = {name: value for name, value in kwargs.items() if name != "device"}
        if func is Tensor.to and len(args) == 2 and args[1] is HERE:
            return marked(args[0].clone())
        if func is Tensor.cpu:
            return args[0].clone()
        if func is Tensor.to and args[1] == "cpu":  # with or without another type
            return func(*args, **kwargs).clone()
        tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        here = [each for each in tensors if is_here(each)]
        elsewhere = [each for each in tensors if not is_here(each) and each.dim() > 0]
        if here and elsewhere and func not in _TAKES_ANY:
            raise WrongDeviceError(f"{getattr(func, '__name__', func)} mixes devices")
        if here and func in (Tensor.numpy, Tensor.normal_):
            raise WrongDeviceError(f"{func.__name__} needs the processor's memory")
        result = func(*args, **kwargs)
        made_here = not tensors and func in _device_constructors() and kwargs.get("device") is None
        if made_here or (is_here(args[0]) if func in _TAKES_ANY else bool(here)):
            self.operations += 1
            for each in tree_leaves(result):
                if isinstance(each, Tensor):
                    marked(each)
        return result


def marked(tensor: Tensor) -> Tensor:
    """Count a tensor as on the pretended device."""
    tensor._pretended = True  # type: ignore[attr-defined]
    return tensor


def is_here(tensor: Tensor) -> bool:
    """Whether a tensor is on the pretended device."""
    return getattr(tensor, "_pretended", False)
