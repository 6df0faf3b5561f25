"""What stands behind the command language: a chip in its tester, and what each command does to it."""

from collections.abc import Callable
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from ohmshot.chip.crossbar import BrownOutError, Crossbar
from ohmshot.wire.protocol.commands import Call
from ohmshot.wire.protocol.descriptions import Simulator, datasheet_json
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.grammar import Block
from ohmshot.wire.server.kept_session import KeptSession

Answer = Tensor | str | Block | None
"""An array (in the session's format), text, JSON in a block, or nothing."""


Kind = Literal["NORMAL", "SWAPPED", "FRAME", "BEGIN"]
"""Of what is remembered: a plain message in either byte order, a frame, or the key of a session that begins."""


class Station(Protocol):
    """A chip in its tester. Wrap a `Crossbar` of your own in one, and `ohmshot.wire.server.server` serves it.

    Attributes:
        writer: who may drive the chip; None when nobody does.
        kept: the session that outlives its connections; None where none has begun or another has driven the chip since.
        unpulsed: int64 [n], addresses of the cells that the last train to break off had left without a pulse.
    """

    writer: object | None
    kept: KeptSession | None
    unpulsed: Tensor

    @property
    def crossbar(self) -> Crossbar:
        """The chip, or the batch of a simulator."""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Manufacturer, model, serial number, firmware."""

    @property
    def simulator(self) -> Simulator | None:
        """What only a simulator can tell."""

    def remember(self, kind: Kind, content: bytes) -> None:
        """Keep a message that will drive the chip, or anything of a kept session, before it acts.

        Raises:
            ChipError: it cannot be kept; then it must not act.
        """

    def health(self) -> Tensor:
        """The host's own codes, kept with the chip and never interpreted, int8 [chips, rows, columns]."""

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the codes of some cells, int8 [n]."""

    def fresh(self, chips_and_lives: tuple[tuple[int, int], ...]) -> None:
        """Put fresh chips into the tester; simulators only."""

    def power_cycle(self) -> None:
        """Take the power off and put it on again; simulators only."""

    def true_conductances(self) -> Tensor:
        """Conductance without read noise in uS, [chips, rows, columns]; simulators only."""


def perform(station: Station, call: Call) -> Answer:
    """Carry out one call that concerns the chip.

    Raises:
        ChipError: the chip refuses.
    """
    try:
        answer: Answer = ACTIONS[call.command.pattern](station, *call.values)
    except BrownOutError as error:
        station.unpulsed = error.unpulsed
        raise
    return answer


def _multiply(station: Station, first: int, count: int, row_voltages: Tensor) -> Tensor:
    return station.crossbar.multiply(row_voltages, slice(first, first + count))


def _multiply_rows(station: Station, first: int, count: int, driven: tuple[int, Tensor]) -> Tensor:
    row, volts = driven
    return station.crossbar.multiply(volts, slice(first, first + count), slice(row, row + volts.shape[2]))


def _cells_of_array(station: Station, array: int) -> Tensor:
    sheet = station.crossbar.datasheet
    if array >= sheet.arrays:
        raise CommandError(Code.OUT_OF_RANGE, f"ARRay:CELLs?: arrays run from 0 to {sheet.arrays - 1}")
    width = sheet.columns // sheet.arrays
    lines = torch.arange(station.crossbar.chips * sheet.rows)[:, None] * sheet.columns
    return (lines + torch.arange(array * width, (array + 1) * width)).flatten()


def _shape(station: Station) -> str:
    sheet = station.crossbar.datasheet
    return f"{station.crossbar.chips},{sheet.rows},{sheet.columns}"


ACTIONS: dict[str, Callable[..., Any]] = {
    "CELL:FORM": lambda station, cells: station.crossbar.form(cells),
    "CELL:SET": lambda station, cells, volts: station.crossbar.set(cells, volts),
    "CELL:RESet": lambda station, cells, volts: station.crossbar.reset(cells, volts),
    "CELL:READ?": lambda station, cells: station.crossbar.read(cells).to(torch.float32),
    "CELL:WEAR?": lambda station, cells: station.crossbar.wear().view(-1)[cells],
    "CELL:HEALth": lambda station, cells, codes: station.keep_health(cells, codes),
    "CELL:HEALth?": lambda station, cells: station.health().view(-1)[cells],
    "CELL:UNPulsed?": lambda station: station.unpulsed,
    "ARRay:MULTiply?": _multiply,
    "ARRay:MULTiply:ROWS?": _multiply_rows,
    "ARRay:COUNt?": lambda station: str(station.crossbar.datasheet.arrays),
    "ARRay:CELLs?": _cells_of_array,
    "CHIP:DATasheet?": lambda station: Block(datasheet_json(station.crossbar.datasheet)),
    "CHIP:SHAPe?": _shape,
    "CHIP:WAIT": lambda station, seconds, celsius: station.crossbar.wait(seconds, celsius),
    "METer:COUNts?": lambda station: station.crossbar.meter().counts,
    "METer:ENERgy?": lambda station: station.crossbar.meter().energy_joules,
    "METer:BUSY?": lambda station: station.crossbar.meter().busy_seconds,
    "SIMulator:FRESh": lambda station, pairs: station.fresh(pairs),
    "SIMulator:POWer:CYCLe": lambda station: station.power_cycle(),
    "SIMulator:CONDuctance?": lambda station: station.true_conductances(),
}
"""What each command that concerns the chip does, by its pattern."""
