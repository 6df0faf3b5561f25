"""`ohmshot controller`: the controller for other places than this process."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import Commands, app
from ohmshot.cli.options import DEFAULT_PARAMETERS, BundleOption, ParametersOption, ShotsOption
from ohmshot.cli.output import require_outputs, say_written

controller = Commands(no_args_is_help=True, help="The controller that learns in place of the computer in the loop.")
app.add_typer(controller, name="controller")


@controller.command("export-c")
def export_c_command(
    folder: Annotated[Path, typer.Argument(help="Folder to write ohmshot_controller.c and .h into.")],
    bundle: BundleOption = None,
    ways: Annotated[int | None, typer.Option(min=2, help="Classes; default: as the initialisation is for.")] = None,
    shots: ShotsOption = 5,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
) -> None:
    """Write the controller's arithmetic as C99: no memory of its own, no floating point, equal bit for bit."""
    import torch

    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.datasheet import simulated_datasheet
    from ohmshot.cli.console import learned_bundle
    from ohmshot.controller.arithmetic import ControllerArithmetic
    from ohmshot.controller.configuration import for_task
    from ohmshot.controller.export_c import export_c
    from ohmshot.host.array import circuit_for

    require_outputs(folders=("folder",))
    learned = learned_bundle(bundle)
    learned = learned.for_ways(ways or learned.header.network.ways)
    sheet = simulated_datasheet(load_parameter_set(parameters).values, circuit_for(learned))
    configuration = ControllerArithmetic().array(sheet, 1, learned, "datasheet", "one-sided").controller
    labels = torch.arange(configuration.outputs[-1]).repeat_interleave(shots)
    say_written(*export_c(folder, configuration, for_task(configuration, labels), len(labels)))
