"""`ohmshot controller`: the controller for other places than this process."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import Commands, app
from ohmshot.cli.options import DEFAULT_PARAMETERS, BundleOption, ParametersOption, ShotsOption, StrategyOption
from ohmshot.cli.output import require_outputs, say_written

controller = Commands(no_args_is_help=True, help="The controller that learns in place of the computer in the loop.")
app.add_typer(controller, name="controller")


@controller.command("export-c")
def export_c_command(
    folder: Annotated[Path, typer.Argument(help="Folder to write the sources and ohmshot_controller.h into.")],
    bundle: BundleOption = None,
    ways: Annotated[int | None, typer.Option(min=2, help="Classes; default: as the initialisation is for.")] = None,
    shots: ShotsOption = 5,
    strategy: StrategyOption = "hybrid",
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    fixed_layers: Annotated[
        bool, typer.Option("--fixed-layers", help="With the fixed convolutions in 8 bits; else it takes feature codes.")
    ] = False,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="With a recorded task, a self-test of it, and a board for QEMU.")
    ] = False,
) -> None:
    """Write the controller as C99: no memory of its own, no floating point, equal to the model bit for bit."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.cli.console import learned_bundle
    from ohmshot.controller.firmware.export import export_c
    from ohmshot.controller.firmware.for_chip import exported_for
    from ohmshot.controller.firmware.self_test import export_self_test
    from ohmshot.host.strategies.registry import strategy_named

    require_outputs(folders=("folder",))
    programming = strategy_named(strategy)
    learned = learned_bundle(bundle)
    learned = learned.for_ways(ways or learned.header.network.ways)
    cells = load_parameter_set(parameters).values
    firmware = exported_for(learned, cells, programming, shots, fixed_layers)
    say_written(*export_c(folder, firmware))
    if self_test:
        say_written(*export_self_test(folder, firmware, cells, programming))
