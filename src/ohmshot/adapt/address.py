"""Chips by their address: simulated in this process, or behind a wire."""

import os
from collections.abc import Callable, Sequence

from ohmshot.adapt.citations import parameter_citations
from ohmshot.adapt.source import ADAPTATIONS_AT_ONCE, ChipSource, guarded, simulated_source
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.chip.summary import size_words
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.sentences import counted
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.faulty_link import FaultyLink
from ohmshot.wire.client.links import Link
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.faulty_line import FaultyLine
from ohmshot.wire.server.simulated_station import SimulatedStation

TOKEN_VARIABLE = "OHMSHOT_TOKEN"
"""The environment variable with the token of a chip server: an option would show in the list of processes."""


def connected_chip(address: str, faults: Injection = NOTHING, seed: int = 0) -> RemoteCrossbar:
    """Return the chip at an address, with the token of the environment.

    Args:
        address: as the option --chip gives it, but not "sim".
        faults: faults of the line, drawn from the seed.
        seed: seed of the run.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, or somebody else drives it.
    """
    from ohmshot.wire.client.address import connect

    return _over(lambda: connect(address), faults, seed)


def _over(link: Callable[[], Link], faults: Injection, seed: int) -> RemoteCrossbar:
    line = FaultyLine(faults, seed)

    def faulty() -> Link:
        return FaultyLink(link(), line) if faults.of_line else link()

    return RemoteCrossbar(faulty(), os.environ.get(TOKEN_VARIABLE), faulty)


def _ask_before_overwriting(address: str, crossbar: RemoteCrossbar, may_overwrite: Callable[[str], bool]) -> None:
    written = int((crossbar.wear() > 0).sum())
    said = f"The chip at {address} is in use: {counted(written, 'cell')} of it were written before."
    if written and not may_overwrite(f"{said} What it has learned will be lost."):
        crossbar.close()
        raise SettingsError(f"{said} It was left as it is; --overwrite takes it all the same.")


def source_at(
    address: str,
    parameters: ParameterSet,
    circuit: Circuit,
    seed: int,
    injection: Injection = NOTHING,
    tell: Callable[[str], None] = lambda line: None,
    may_overwrite: Callable[[str], bool] = lambda question: True,
) -> ChipSource:
    """Return the source of chips at an address; parameters, circuit and seed are those of a chip in this process.

    A served simulator gives a fresh chip for every adaptation, as the source in this process does. A real chip is
    what it is: adaptations follow one another on it and wear it out. ``tell`` is given lines for people about the chip;
    ``may_overwrite`` is asked before a chip behind a wire whose cells were written before is taken.

    Raises:
        SettingsError: as `connected_chip`, or a served simulator has another parameter set or size, or faults shall be
            injected into a chip that is not in this process, or a chip in use may not be overwritten.
        ChipError: as `connected_chip`.
    """
    if address == "sim" and not injection.of_line:
        return simulated_source(parameters, circuit, seed, injection)
    if address == "sim":  # a line to have faults on, to a chip in this process
        station = SimulatedStation(parameters, seed, circuit, injection)
        crossbar = _over(lambda: LoopbackLink(station), injection, seed)
    elif injection.of_chip:
        raise SettingsError(
            "A chip behind a wire has its own faults: inject them with `ohmshot serve --inject`. Here there are those "
            "of the line: lost-connection, late-answer, bit-flip."
        )
    else:
        crossbar = connected_chip(address, injection, seed)
        _ask_before_overwriting(address, crossbar, may_overwrite)
    simulator = crossbar.capabilities.simulator
    tell(f"chip: {crossbar.identity}")
    if simulator is None:
        return ChipSource(crossbar.identity, 1, lambda numbers, lives: guarded(crossbar))
    if simulator.parameters != parameters.information.name:
        raise SettingsError(
            f"The chip at {address} is of the parameter set {simulator.parameters}; say so with --parameters."
        )
    sheet = crossbar.datasheet
    there, here = (sheet.rows, sheet.columns, sheet.arrays), (circuit.rows, circuit.columns, circuit.side_by_side)
    if there != here:
        raise SettingsError(
            f"The chip at {address} has {size_words(*there)}, not {size_words(*here)}: "
            "give --arrays here and there the same."
        )
    if simulator.seed != seed:
        tell(f"The chip was made from seed {simulator.seed}; seed {seed} draws the episodes alone.")

    def fresh(numbers: Sequence[int], lives: Sequence[int]) -> ObservedCrossbar:
        crossbar.fresh(numbers, lives)
        return guarded(crossbar)

    # Chips of one batch share one temperature: where they may be hot, one at a time.
    at_once = 1 if crossbar.supervised else min(ADAPTATIONS_AT_ONCE, simulator.most_chips)
    return ChipSource(simulator.parameters, at_once, fresh, parameter_citations(parameters))
