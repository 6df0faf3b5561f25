"""`ohmshot conformance`: does a chip speak the command language, and behave as a chip?"""

import subprocess
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import ChipOption, JsonOption
from ohmshot.cli.output import require_outputs, write_output


@app.command("conformance", works=True)
def conformance_command(
    chip: ChipOption = "sim",
    power_cycle: Annotated[
        str | None, typer.Option(help="Shell command that takes the chip's power off and on.")
    ] = None,
    read_noise: Annotated[
        float | None, typer.Option(min=0, help="Most read noise in uS; default: a quarter of the smallest step.")
    ] = None,
    round_trip: Annotated[float, typer.Option(min=0, help="Most seconds of a question without work.")] = 0.25,
    whole_read: Annotated[float, typer.Option(min=0, help="Most seconds of one read of the array.")] = 10.0,
    json_file: JsonOption = None,
) -> None:
    """Check protocol, physics and timing of a chip; 96 cells lose what they hold. Exit code 1 when a check fails."""
    import os

    from ohmshot.adapt.address import TOKEN_VARIABLE
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.report.shown.results import conformance_tables
    from ohmshot.wire.client.address import connect
    from ohmshot.wire.client.crossbar import RemoteCrossbar
    from ohmshot.wire.client.links import Link
    from ohmshot.wire.conformance.check import AcceptanceLimits
    from ohmshot.wire.conformance.run import run_conformance
    from ohmshot.wire.loopback import LoopbackLink
    from ohmshot.wire.server.simulated_station import SimulatedStation

    require_outputs(json_file=json_file)
    here = SimulatedStation(load_parameter_set("leti_hfo2_130nm"), 0) if chip == "sim" else None

    def link() -> Link:
        return LoopbackLink(here) if here else connect(chip)

    subject = RemoteCrossbar(link(), os.environ.get(TOKEN_VARIABLE))

    def cycle() -> bool:
        if power_cycle:
            return subprocess.run(power_cycle, shell=True, check=False).returncode == 0
        if subject.capabilities.simulator is None:
            return False
        subject.power_cycle()
        return True

    limits = AcceptanceLimits(most_read_noise=read_noise, most_round_trip_s=round_trip, most_read_s=whole_read)
    report = run_conformance(subject, link, cycle, limits)
    subject.close()
    console.show(conformance_tables(report))
    write_output(json_file, report)
    if report.failed:
        raise typer.Exit(1)
