"""Tensors with text beside them in one safetensors file; no pickle."""

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from ohmshot.foundation.files import write_bytes


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a whole file at once; see `ohmshot.foundation.files.replacing`."""
    write_bytes(path, safetensors.torch.save({name: t.contiguous() for name, t in tensors.items()}, metadata))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and metadata (empty where there are none).

    Raises:
        safetensors.SafetensorError: damaged, or no such file format.
        OSError: not there, or not to be read.
    """
    with safetensors.safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        return tensors, file.metadata() or {}
