"""The snapshot of a kept chip: a safetensors file with a checksum of all its bytes.

The metadata hold ``ohmshot`` (the header, JSON) and the checksum (`ohmshot.foundation.tensor_files`), which this format
must have.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
from torch import Tensor

from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.foreign_files import json_of
from ohmshot.foundation.tensor_files import checked_tensor_bytes, has_checksum, require_checksum, tensors_of

FORMAT = "ohmshot-chip"
FORMAT_VERSION = 4
OLD_FORMAT_VERSION = 3
"""Without checksums; it is read and kept on in the present format. 1 and 2 keep chips with other random numbers."""


def write_snapshot(path: Path, header: Mapping[str, object], tensors: Mapping[str, Tensor]) -> None:
    """Write a snapshot whole or not at all, for its owner alone.

    Raises:
        OhmshotError: it cannot be written.
    """
    write_bytes(path, snapshot_bytes(header, tensors), mode=0o600)


def snapshot_bytes(header: Mapping[str, object], tensors: Mapping[str, Tensor]) -> bytes:
    """Content of a snapshot's file."""
    described = {"format": FORMAT, "format_version": FORMAT_VERSION, **header}
    return checked_tensor_bytes(tensors, {"ohmshot": json.dumps(described)})


def read_snapshot(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Header and tensors of a snapshot, as they were written.

    Raises:
        ChipError: it is damaged, keeps no chip, or one of a version that this ohmshot does not read.
    """
    try:
        return checked_snapshot(path.read_bytes())
    except DamagedSnapshotError as error:
        raise ChipError(
            f"{path} {error}. It was left as it is: put back a copy of it and of its .log together, "
            "or start a new chip with another file."
        ) from error
    except OSError as error:
        raise ChipError(f"{path} cannot be read: {error.strerror or error}.") from error


class DamagedSnapshotError(ChipError):
    """Bytes that are not the snapshot of a chip, or not any more."""


def checked_snapshot(content: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Header and tensors in the content of a snapshot's file.

    Raises:
        DamagedSnapshotError: they are not what was written, or cannot be read.
    """
    summed = has_checksum(content)
    if summed:
        try:
            require_checksum(content)
        except ValueError as error:
            raise DamagedSnapshotError(f"is damaged: {error}") from error
    try:
        tensors, metadata = tensors_of(content)
        header = json_of(metadata.get("ohmshot", "{}"))
        kind, version = header.get("format"), header.get("format_version")
    except (safetensors.SafetensorError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise DamagedSnapshotError("is damaged or keeps no chip") from error
    if kind != FORMAT:
        raise DamagedSnapshotError("is damaged or keeps no chip that this ohmshot reads")
    if version not in (FORMAT_VERSION, OLD_FORMAT_VERSION):
        raise DamagedSnapshotError(
            "keeps a chip of another version of ohmshot, which draws other random numbers: go on with that version"
        )
    if summed == (version == OLD_FORMAT_VERSION):
        raise DamagedSnapshotError("is damaged: its checksum is missing")
    return header, tensors
