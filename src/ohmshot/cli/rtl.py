"""`ohmshot rtl`: the controller in gates, as Verilog and as cells of a process."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.cli.app import Commands, app
from ohmshot.cli.console import console
from ohmshot.cli.options import DEFAULT_PARAMETERS, BundleOption, ParametersOption
from ohmshot.cli.output import require_outputs, write_output

if TYPE_CHECKING:
    from ohmshot.controller.rtl.controller import Controller

rtl_app = Commands(no_args_is_help=True, help="The controller in gates (needs the extra rtl).")
app.add_typer(rtl_app, name="rtl")

PlanOption = Annotated[str, typer.Option("--strategy", help="Programming strategy: hybrid or closed-loop.")]
RtlShotsOption = Annotated[int, typer.Option("--shots", min=1, max=5, help="Examples of each class.")]


@rtl_app.command("verilog", works=True)
def verilog_command(
    output: Annotated[Path, typer.Argument(help="Verilog file to write.")],
    bundle: BundleOption = None,
    strategy: PlanOption = "hybrid",
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    shots: RtlShotsOption = 5,
) -> None:
    """Write the controller as Verilog, its memories outside."""
    require_outputs(output=output)
    design = _controller(bundle, strategy, parameters, shots)
    from ohmshot.controller.rtl.gates.synthesis import verilog

    write_output(output, verilog(design, "controller"))


@rtl_app.command("synth", works=True)
def synth_command(
    liberty: Annotated[
        Path | None, typer.Option(help="Liberty file of a cell library; default: a table of 41 cells of SKY130.")
    ] = None,
    bundle: BundleOption = None,
    strategy: PlanOption = "hybrid",
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    shots: RtlShotsOption = 5,
) -> None:
    """Synthesise the controller: cells, area and leakage of each block, before it is placed."""
    from rich.table import Table

    from ohmshot.controller.rtl.gates.cells import library_of

    library, design = library_of(liberty), _controller(bundle, strategy, parameters, shots)
    from ohmshot.controller.rtl.gates.area import areas
    from ohmshot.controller.rtl.gates.synthesis import synthesised

    netlist = synthesised(design, "controller", library)
    table = Table("block", "cells", "flops", "clock gates", "area, um2", "leakage, nW", title=library.name)
    for each in areas(netlist):
        numbers = (each.cells, each.flops, each.clock_gates, round(each.area_um2), round(each.leakage_nw, 1))
        table.add_row(each.block, *(f"{number:,}" for number in numbers))
    console.print(table)
    console.print("Without memories, wires and clock tree; the feature extractor is not in it.", soft_wrap=True)


def _controller(bundle: Path | None, strategy: str, parameters: str, shots: int) -> "Controller":
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.cli.console import learned_bundle
    from ohmshot.foundation.errors import SettingsError
    from ohmshot.host.strategies.registry import strategy_named

    try:
        from ohmshot.controller.rtl.built import controller_for
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "amaranth":
            raise
        raise SettingsError("This needs the extra rtl: pip install 'ohmshot[rtl]'.") from error
    cells = load_parameter_set(parameters).values
    return controller_for(learned_bundle(bundle), cells, strategy_named(strategy), shots)
