"""The one chip that `ohmshot adapt` and `classify` work with: in this process, or at an address."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ohmshot.adapt.address import connected_chip
from ohmshot.adapt.citations import parameter_citations
from ohmshot.adapt.source import guarded
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import ChipError
from ohmshot.task.own_task import OneChip
from ohmshot.task.steps import SIMULATED_CHIP
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.chip_file import opened_station


def identity_of(crossbar: RemoteCrossbar) -> str:
    """Return the identity of a chip, without the version of its firmware, which an update changes."""
    names = [part.strip() for part in crossbar.identity.split(",")[:3]]
    if crossbar.capabilities.simulator is not None:
        simulator = crossbar.capabilities.simulator
        names += [f"chip {simulator.chips[0]}", f"life {simulator.lives[0]}"]
    return ", ".join(names)


@contextlib.contextmanager
def held_chip(
    address: str, parameters: ParameterSet, parameters_name: str, seed: int, journal: Path | None, circuit: Circuit
) -> Iterator[OneChip]:
    """Give the chip that an address names; a chip in this process is a fresh one, or the one that a journal keeps.

    Args:
        address: value of `--chip`.
        parameters: cells of a chip in this process.
        parameters_name: their name or file.
        seed: seed of a chip in this process.
        journal: folder of a journal; a chip in this process is kept there after each operation.
        circuit: around the arrays of a chip in this process.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, somebody else drives it, or the journal keeps another one.
    """
    with contextlib.ExitStack() as stack:
        if address != "sim":
            remote, identity = stack.enter_context(connected(address))
            simulator = remote.capabilities.simulator
            name, its_seed = (identity, None) if simulator is None else (simulator.parameters, simulator.seed)
            place = {"address": address, "identity": identity}
            yield OneChip(guarded(remote), identity, name, seed=its_seed, place=place)
            return
        crossbar: ObservedCrossbar
        if journal is None:
            crossbar = simulated = SimulatedCrossbar(parameters.values, circuit, seed, [0])
        else:
            try:
                station = stack.enter_context(opened_station(parameters, seed, journal / SIMULATED_CHIP, circuit))
            except ChipError as error:
                hint = f"An unfinished adaptation keeps it: continue it, or delete {journal}."
                raise ChipError(f"{error} {hint}") from error
            assert isinstance(station.crossbar, SimulatedCrossbar)  # no faults are injected here
            crossbar, simulated = RemoteCrossbar(LoopbackLink(station)), station.crossbar
        name, citations = parameters.information.name, parameter_citations(parameters)
        identity = f"ohmshot, {name}, seed {seed}, chip 0, life 0"
        made_again: dict[str, str | int] = {"parameters": parameters_name, "seed": seed, "arrays": circuit.side_by_side}
        yield OneChip(crossbar, identity, name, citations, seed, simulated, made_again)


@contextlib.contextmanager
def connected(address: str) -> Iterator[tuple[RemoteCrossbar, str]]:
    """Give the chip at an address and what it tells of itself; it is let go at the end.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, or somebody else drives it.
    """
    with connected_chip(address) as crossbar:
        yield crossbar, identity_of(crossbar)
