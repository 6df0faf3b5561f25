"""Tensors with text beside them in one safetensors file; no pickle."""

import hashlib
import re
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


CHECKSUM = "ohmshot.checksum"
"""Name of the checksum in the metadata: SHA-256 of the whole file with zeros for its own digits."""
_ZEROS = b"0" * 64
_SUM = re.compile(rb'"ohmshot\.checksum":"([0-9a-f]{64})"')


def checked_tensor_bytes(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Return the content of a safetensors file with a checksum over every byte."""
    content = tensor_bytes(tensors, metadata | {CHECKSUM: _ZEROS.decode()})
    place = _place_of_checksum(content)
    assert place is not None
    return _with_digits(content, place, hashlib.sha256(content).hexdigest().encode())


def has_checksum(content: bytes) -> bool:
    """Whether a file carries a checksum, right or wrong: those of earlier versions have none."""
    return _place_of_checksum(content) is not None


def require_checksum(content: bytes) -> None:
    """See that no byte of a file of `checked_tensor_bytes` has changed.

    A changed bit anywhere is another sum; one in the name of the checksum is a file without one.

    Raises:
        ValueError: one has, or there is no checksum.
    """
    place = _place_of_checksum(content)
    if place is None:
        raise ValueError("its checksum is missing")
    blank = _with_digits(content, place, _ZEROS)
    if hashlib.sha256(blank).hexdigest().encode() != content[place : place + len(_ZEROS)]:
        raise ValueError("its checksum is not that of its content")


def _place_of_checksum(content: bytes) -> int | None:
    found = _SUM.search(content, 8, min(header_end(content), len(content)))
    return found.start(1) if found else None


def _with_digits(content: bytes, place: int, digits: bytes) -> bytes:
    return content[:place] + digits + content[place + len(digits) :]


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
