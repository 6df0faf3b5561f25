"""What the option --chip names: a chip in this process, or one behind a wire."""

import os
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.injection import NOTHING, Injection
from ohmshot.cli.console import console
from ohmshot.foundation.errors import SettingsError
from ohmshot.study.bench import ADAPTATIONS_AT_ONCE, Bench, ObservedCrossbar, guarded, simulated_bench
from ohmshot.study.citations import parameter_citations
from ohmshot.wire.client import RemoteCrossbar
from ohmshot.wire.faulty_line import NO_FAULTS, FaultyLine, LineFaults, line_faults
from ohmshot.wire.links import Link
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.simulated_station import SimulatedStation

TOKEN_VARIABLE = "OHMSHOT_TOKEN"
"""The environment variable with the token of a chip server: an option would show in the list of processes."""

ChipOption = Annotated[
    str,
    typer.Option(
        "--chip",
        help="sim (in this process), tcp://HOST:PORT, tls://HOST:PORT?ca=FILE, serial:///dev/DEVICE, visa://RESOURCE.",
    ),
]


InjectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--inject",
        help="A fault on purpose, NAME:VALUE (docs/faults.md), several times: stuck, dead-row, dead-column, endurance, "
        "brown-out, over-temperature, lost-connection, late-answer, bit-flip.",
    ),
]


def connected_chip(address: str, faults: LineFaults = NO_FAULTS, seed: int = 0) -> RemoteCrossbar:
    """Return the chip at an address, with the token of the environment.

    Args:
        address: as the option --chip gives it, but not "sim".
        faults: of the line, drawn from the seed.
        seed: of the run.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, or somebody else drives it.
    """
    from ohmshot.wire.address import connect

    return _over(lambda: connect(address), faults, seed)


def _over(link: Callable[[], Link], faults: LineFaults, seed: int) -> RemoteCrossbar:
    line = FaultyLine(faults, seed)

    def faulty() -> Link:
        return link() if faults == NO_FAULTS else line.over(link())

    return RemoteCrossbar(faulty(), os.environ.get(TOKEN_VARIABLE), faulty)


def bench_at(
    address: str, parameters: ParameterSet, circuit: Circuit, seed: int, injection: Injection = NOTHING
) -> Bench:
    """Return the bench that an address names; parameters, circuit and seed are those of a chip in this process.

    A served simulator gives a fresh chip for every adaptation, as the bench in this process does. A real chip is
    what it is: adaptations follow one another on it and wear it out.

    Raises:
        SettingsError: as `connected_chip`, or a served simulator has another parameter set or size, or faults shall be
            injected into a chip that is not in this process.
        ChipError: as `connected_chip`.
    """
    if address == "sim" and not injection.of_line:
        return simulated_bench(parameters, circuit, seed, injection)
    if address == "sim":  # a line to have faults on, to a chip in this process
        station = SimulatedStation(parameters, seed, circuit, injection)
        crossbar = _over(lambda: LoopbackLink(station), line_faults(injection), seed)
    elif injection.of_chip:
        raise SettingsError(
            "A chip behind a wire has its own faults: inject them with `ohmshot serve --inject`. Here there are those "
            "of the line: lost-connection, late-answer, bit-flip."
        )
    else:
        crossbar = connected_chip(address, line_faults(injection), seed)
    simulator = crossbar.capabilities.simulator
    console.print(f"chip: {crossbar.identity}")
    if simulator is None:
        return Bench(crossbar.identity, 1, lambda numbers, lives: guarded(crossbar))
    if simulator.parameters != parameters.information.name:
        raise SettingsError(
            f"The chip at {address} is of the parameter set {simulator.parameters}; say so with --parameters."
        )
    sheet = crossbar.datasheet
    if (sheet.rows, sheet.columns) != (circuit.rows, circuit.columns):
        raise SettingsError(
            f"The chip at {address} has {sheet.rows} x {sheet.columns} cells, not {circuit.rows} x {circuit.columns}: "
            "give --arrays here and there the same."
        )
    if simulator.seed != seed:
        console.print(f"The chip was made from seed {simulator.seed}; seed {seed} draws the episodes alone.")

    def fresh(numbers: Sequence[int], lives: Sequence[int]) -> ObservedCrossbar:
        crossbar.fresh(numbers, lives)
        return guarded(crossbar)

    # Chips of one batch share one temperature: where they may be hot, one at a time.
    at_once = 1 if crossbar.supervised else min(ADAPTATIONS_AT_ONCE, simulator.most_chips)
    return Bench(simulator.parameters, at_once, fresh, parameter_citations(parameters))
