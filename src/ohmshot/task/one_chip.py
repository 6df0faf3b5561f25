"""The one chip that `ohmshot adapt` and `classify` work with: in this process, or at an address."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ohmshot.adapt.address import connected_chip
from ohmshot.adapt.citations import parameter_citations
from ohmshot.adapt.source import guarded
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import ChipError
from ohmshot.task.adapted_chip import CellsElsewhere, SimulatedCells
from ohmshot.task.own_task import OneChip
from ohmshot.task.steps import SIMULATED_CHIP
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.chip_file import opened_station
from ohmshot.wire.server.simulated_station import SimulatedStation


@dataclass(frozen=True)
class HeldChip:
    """A chip to adapt.

    Attributes:
        chip: the chip and its description.
        cells: gives the record of the cells for the file, from their targets, uS [cells].
    """

    chip: OneChip
    cells: Callable[[Tensor], SimulatedCells | CellsElsewhere]


def identity_of(crossbar: RemoteCrossbar) -> str:
    """Return the identity of a chip, without the version of its firmware, which an update changes."""
    names = [part.strip() for part in crossbar.identity.split(",")[:3]]
    if crossbar.capabilities.simulator is not None:
        simulator = crossbar.capabilities.simulator
        names += [f"chip {simulator.chips[0]}", f"life {simulator.lives[0]}"]
    return ", ".join(names)


@contextlib.contextmanager
def held_chip(
    address: str, parameters: ParameterSet, parameters_name: str, seed: int, journal: Path | None
) -> Iterator[HeldChip]:
    """Give the chip that an address names; a chip in this process is a fresh one, or the one that a journal keeps.

    Args:
        address: value of `--chip`.
        parameters: cells of a chip in this process.
        parameters_name: their name or file.
        seed: seed of a chip in this process.
        journal: folder of a journal; a chip in this process is kept there after each operation.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, somebody else drives it, or the journal keeps another one.
    """
    if address != "sim":
        with _remote(address) as remote:
            yield remote
        return
    name, citations = parameters.information.name, parameter_citations(parameters)

    def of(crossbar: SimulatedCrossbar) -> Callable[[Tensor], SimulatedCells]:
        return lambda targets: SimulatedCells(crossbar, parameters_name, seed)

    identity = f"ohmshot, {name}, seed {seed}, chip 0, life 0"
    if journal is None:
        crossbar = SimulatedCrossbar(parameters.values, Circuit(), seed, [0])
        yield HeldChip(OneChip(crossbar, identity, name, citations, seed), of(crossbar))
        return
    with _kept(parameters, seed, journal) as station:
        assert isinstance(station.crossbar, SimulatedCrossbar)  # no faults are injected here
        near = RemoteCrossbar(LoopbackLink(station))
        yield HeldChip(OneChip(near, identity, name, citations, seed), of(station.crossbar))


@contextlib.contextmanager
def _kept(parameters: ParameterSet, seed: int, journal: Path) -> Iterator[SimulatedStation]:
    with contextlib.ExitStack() as stack:
        try:
            station = stack.enter_context(opened_station(parameters, seed, journal / SIMULATED_CHIP))
        except ChipError as error:
            raise ChipError(f"{error} An unfinished adaptation keeps it: continue it, or delete {journal}.") from error
        yield station


@contextlib.contextmanager
def connected(address: str) -> Iterator[tuple[RemoteCrossbar, str]]:
    """Give the chip at an address and what it tells of itself; it is let go at the end.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, or somebody else drives it.
    """
    crossbar = connected_chip(address)
    try:
        yield crossbar, identity_of(crossbar)
    except BaseException:
        crossbar.conversation.link.close()  # the error under way would be raised again
        raise
    crossbar.close()


@contextlib.contextmanager
def _remote(address: str) -> Iterator[HeldChip]:
    with connected(address) as (crossbar, identity):
        simulator = crossbar.capabilities.simulator
        chip = OneChip(
            guarded(crossbar),
            identity,
            identity if simulator is None else simulator.parameters,
            seed=None if simulator is None else simulator.seed,
        )
        yield HeldChip(chip, lambda targets: CellsElsewhere(address, identity, targets))
