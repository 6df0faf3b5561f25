"""Decoded data sets in the user's cache, so that each is decoded once."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import safetensors
from torch import Tensor

from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import cache_folder
from ohmshot.foundation.foreign_files import json_of
from ohmshot.foundation.tensor_files import read_tensors, write_tensors


def decoded_once(name: str, source: Path, decoding: str, decode: Callable[[], Examples]) -> Examples:
    """Return the examples of a source from the cache, or decode and keep them.

    Args:
        name: of the file in the cache, without what tells one source from another.
        source: zip file or folder; a changed one is decoded anew.
        decoding: what is done to it; another text decodes anew.
        decode: reads the source.
    """
    entry = source.stat()
    text = f"{source.resolve()}|{entry.st_size}|{entry.st_mtime_ns}|{decoding}"
    path = cache_folder() / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.safetensors"
    cached = _read(path)
    if cached is not None:
        return cached
    examples = decode()
    _write(path, examples)
    return examples


def _read(path: Path) -> Examples | None:
    try:
        tensors, metadata = read_tensors(path)
        described = json_of(metadata["examples"])
        held: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in described.items()}
        return Examples(**(held | tensors))
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError):
        return None  # not there, or damaged: it is decoded anew


def _write(path: Path, examples: Examples) -> None:
    held = {field.name: getattr(examples, field.name) for field in fields(examples)}
    tensors = {name: value for name, value in held.items() if isinstance(value, Tensor)}
    described = {name: value for name, value in held.items() if name not in tensors}
    try:
        write_tensors(path, tensors, {"examples": json.dumps(described)})
    except OhmshotError:
        return  # an unwritable cache only costs the next run a few seconds
