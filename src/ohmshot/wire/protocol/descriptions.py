"""Capabilities and datasheet of a chip over the wire, as JSON that is validated on arrival."""

import dataclasses
import json
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.records import Record

Described = TypeVar("Described")

PROTOCOL = "1.2"
"""Version of the commands: the first number changes when an old client would no longer work."""


class Simulator(Record):
    """The seed, the cells and the chips of a simulator."""

    seed: int
    parameters: str
    """Name of the cell's parameter set."""
    chips: tuple[int, ...]
    """Chip numbers of the batch."""
    lives: tuple[int, ...]
    most_chips: int
    """Chips that `SIMulator:FRESh` makes at once."""


class Capabilities(Record):
    """The answer of `SYSTem:CAPability?`."""

    protocol: str
    """Version, major and minor."""
    chips: int
    """Chips of the batch; 1 for a real chip."""
    longest_message: int
    """Bytes of one program message, blocks included."""
    commands: tuple[str, ...]
    supervised: bool = False
    """Errors 103 and 104 can come: a client should ask after every train of pulses."""
    policies: tuple[str, ...] = ()
    """Policies of plans that the chip runs by itself (`CELL:PLAN?`)."""
    simulator: Simulator | None = None


_DATASHEET, _CAPABILITIES = TypeAdapter(Datasheet), TypeAdapter(Capabilities)


def datasheet_json(sheet: Datasheet) -> bytes:
    """Write a datasheet; every number comes back as it was. What its maker does not tell is not in it."""
    told = {name: value for name, value in dataclasses.asdict(sheet).items() if value is not None}
    return json.dumps(told).encode()


def datasheet_from_json(content: bytes) -> Datasheet:
    """Read a datasheet.

    Raises:
        ChipError: it lacks something or has a wrong type.
    """
    return _validated(_DATASHEET, content, "datasheet")


def capabilities_from_json(content: bytes) -> Capabilities:
    """Read capabilities.

    Raises:
        ChipError: they lack something or have a wrong type.
    """
    return _validated(_CAPABILITIES, content, "capabilities")


def _validated(kind: TypeAdapter[Described], content: bytes, name: str) -> Described:
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ChipError(f"The chip's {name} cannot be used: {where}: {first['msg']}.") from error
