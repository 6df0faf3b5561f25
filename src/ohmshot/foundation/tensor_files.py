"""Tensors with text beside them in one safetensors file; no pickle."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.foreign_files import json_of


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a whole file at once; see `ohmshot.foundation.files.replacing`."""
    write_bytes(path, tensor_bytes(tensors, metadata))


def tensor_bytes(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Return the content of a safetensors file."""
    return bytes(safetensors.torch.save({name: t.contiguous() for name, t in tensors.items()}, metadata))


CHECKSUM = "ohmshot.sha256"
"""Name of the checksum in the metadata: SHA-256 of the whole file with zeros for its own digits."""
_ZEROS = "0" * 64


def checked_tensor_bytes(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Return the content of a safetensors file with a checksum over every byte."""
    content = tensor_bytes(tensors, metadata | {CHECKSUM: _ZEROS})
    digest = hashlib.sha256(content).hexdigest()
    end = header_end(content)
    return content[:end].replace(_ZEROS.encode(), digest.encode(), 1) + content[end:]


def require_checksum(content: bytes, metadata: dict[str, str]) -> None:
    """See that no byte of a file of `checked_tensor_bytes` has changed.

    Raises:
        ValueError: one has, or there is no checksum.
    """
    digest = metadata.get(CHECKSUM, "")
    end = header_end(content)
    blank = content[:end].replace(digest.encode(), _ZEROS.encode(), 1) + content[end:]
    if len(digest) != len(_ZEROS) or hashlib.sha256(blank).hexdigest() != digest:
        raise ValueError("its checksum does not hold")


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and metadata (empty where there are none).

    Raises:
        safetensors.SafetensorError: damaged, or no such file format.
        OSError: not there, or not to be read.
    """
    with safetensors.safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        return tensors, file.metadata() or {}


def tensors_of(content: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and metadata from the content of a safetensors file.

    For contents that were checked or deciphered first: reading the file a second time might find another.

    Raises:
        safetensors.SafetensorError: damaged, or no such file format.
    """
    tensors = safetensors.torch.load(content)
    return tensors, json_of(content[8 : header_end(content)]).get("__metadata__", {})


def header_end(content: bytes) -> int:
    """End of the JSON header of a safetensors file: 8 bytes of length (little-endian), then as many of JSON."""
    return 8 + int.from_bytes(content[:8], "little")
