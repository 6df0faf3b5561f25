"""What the option --chip names: a chip in this process, or one behind a wire."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.cli.console import console
from ohmshot.foundation.errors import SettingsError
from ohmshot.study.bench import ADAPTATIONS_AT_ONCE, Bench, simulated_bench
from ohmshot.study.citations import parameter_citations
from ohmshot.wire.client import RemoteCrossbar

TOKEN_VARIABLE = "OHMSHOT_TOKEN"
"""The environment variable with the token of a chip server: an option would show in the list of processes."""

ChipOption = Annotated[
    str,
    typer.Option(
        "--chip",
        help="sim (in this process), tcp://HOST:PORT, tls://HOST:PORT?ca=FILE, serial:///dev/DEVICE, visa://RESOURCE.",
    ),
]


def connected_chip(address: str) -> RemoteCrossbar:
    """Return the chip at an address, with the token of the environment.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there, or somebody else drives it.
    """
    from ohmshot.wire.address import connect

    return RemoteCrossbar(connect(address), os.environ.get(TOKEN_VARIABLE), lambda: connect(address))


def bench_at(address: str, parameters: ParameterSet, circuit: Circuit, seed: int) -> Bench:
    """Return the bench that an address names; parameters, circuit and seed are those of a chip in this process.

    A served simulator gives a fresh chip for every adaptation, as the bench in this process does. A real chip is
    what it is: adaptations follow one another on it and wear it out.

    Raises:
        SettingsError: as `connected_chip`, or a served simulator has another parameter set or size.
        ChipError: as `connected_chip`.
    """
    if address == "sim":
        return simulated_bench(parameters, circuit, seed)
    crossbar = connected_chip(address)
    simulator = crossbar.capabilities.simulator
    console.print(f"chip: {crossbar.identity}")
    if simulator is None:
        return Bench(crossbar.identity, 1, lambda numbers, lives: crossbar)
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

    def fresh(numbers: Sequence[int], lives: Sequence[int]) -> RemoteCrossbar:
        crossbar.fresh(numbers, lives)
        return crossbar

    at_once = min(ADAPTATIONS_AT_ONCE, simulator.most_chips)
    return Bench(simulator.parameters, at_once, fresh, parameter_citations(parameters))
