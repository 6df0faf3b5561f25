"""`ohmshot rtl`: the controller in gates, as Verilog and as cells of a process."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.cli.app import Commands, app
from ohmshot.cli.console import console
from ohmshot.cli.options import DEFAULT_PARAMETERS, BundleOption, ParametersOption
from ohmshot.cli.output import require_outputs, write_output
from ohmshot.foundation.errors import OhmshotError, SettingsError

if TYPE_CHECKING:
    from ohmshot.controller.pulse_sequencer import PulseTiming
    from ohmshot.controller.rtl.controller import Controller
    from ohmshot.controller.rtl.sizes import Build
    from ohmshot.controller.write_plan import WritePlan

rtl_app = Commands(no_args_is_help=True, help="The controller in gates (needs the extra rtl).")
app.add_typer(rtl_app, name="rtl")

PlanOption = Annotated[str, typer.Option("--strategy", help="Programming strategy: hybrid or closed-loop.")]
LibertyOption = Annotated[
    Path | None, typer.Option(help="Liberty file of a cell library; default: a table of 41 cells of SKY130.")
]
RtlShotsOption = Annotated[int, typer.Option("--shots", min=1, max=5, help="Examples of each class.")]


@rtl_app.command("verilog")
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


@rtl_app.command("synth")
def synth_command(
    liberty: LibertyOption = None,
    bundle: BundleOption = None,
    strategy: PlanOption = "hybrid",
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    shots: RtlShotsOption = 5,
) -> None:
    """Synthesise the controller: cells, area and leakage of each block, and the clock, before it is placed."""
    from rich.table import Table

    from ohmshot.controller.pulse_sequencer import CLOCK_HZ
    from ohmshot.controller.rtl.gates.cells import library_of
    from ohmshot.foundation.sentences import counted

    library, design = library_of(liberty), _controller(bundle, strategy, parameters, shots)
    from ohmshot.controller.rtl.gates.area import areas
    from ohmshot.controller.rtl.gates.synthesis import synthesised
    from ohmshot.controller.rtl.gates.timing import longest_path, memory_arrivals

    netlist = synthesised(design, "controller", library)
    table = Table("block", "cells", "flops", "clock gates", "area, um2", "leakage, nW", title=library.name)
    for each in areas(netlist):
        numbers = (each.cells, each.flops, each.clock_gates, round(each.area_um2), round(each.leakage_nw, 1))
        table.add_row(each.block, *(f"{number:,}" for number in numbers))
    console.print(table)
    path = longest_path(netlist, memory_arrivals(design.example_memory, design.weight_memory))
    blocks = list(dict.fromkeys(block for block, _ in path.cells))
    console.print(
        f"Longest path: {path.nanoseconds:.1f} ns through {counted(len(path.cells), 'cell')} ({', '.join(blocks)}), so "
        f"{path.megahertz:.0f} MHz before wires; the controller runs at {CLOCK_HZ / 1e6:.0f} MHz. Without memories, "
        "wires and clock tree; the feature extractor is not in it.",
        soft_wrap=True,
    )


@rtl_app.command("prove")
def prove_command(
    bundle: BundleOption = None,
    strategy: PlanOption = "hybrid",
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    shots: RtlShotsOption = 5,
) -> None:
    """Prove what the gates promise, for every input and every state; about a minute."""
    from rich.table import Table

    build, plan, timing = _parts(bundle, strategy, parameters, shots)
    from ohmshot.controller.rtl.formal.properties import learning_properties, writing_properties
    from ohmshot.controller.rtl.formal.prover import prove

    wanted = (
        *writing_properties(plan, timing),
        *learning_properties(build, plan, timing),
    )
    table = Table("block", "what holds", "bound", "assumed", "induction, cycles", "result", show_lines=True)
    proofs = []
    for property_ in wanted:
        proof = prove(property_)
        proofs.append(proof)
        table.add_row(
            property_.block, property_.statement, property_.bound, property_.assumed, str(proof.steps), proof.result
        )
    console.print(table)
    console.print(
        "Method: temporal induction, yosys sat -tempinduct; flops hold anything before the reset.", soft_wrap=True
    )
    not_proved = [proof.property.statement for proof in proofs if proof.result != "proved"]
    if not_proved:
        raise OhmshotError(f"Not proved: {'; '.join(not_proved)}.")


def _controller(bundle: Path | None, strategy: str, parameters: str, shots: int) -> "Controller":
    parts = _parts(bundle, strategy, parameters, shots)
    from ohmshot.controller.rtl.controller import Controller

    return Controller(*parts)


def _parts(bundle: Path | None, strategy: str, parameters: str, shots: int) -> "tuple[Build, WritePlan, PulseTiming]":
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.cli.console import learned_bundle
    from ohmshot.host.strategies.registry import strategy_named

    require_rtl()
    from ohmshot.controller.rtl.built import parts_for

    cells = load_parameter_set(parameters).values
    return parts_for(learned_bundle(bundle), cells, strategy_named(strategy), shots)


def require_rtl() -> None:
    """Say what is missing where the extra rtl is not installed.

    Raises:
        SettingsError: it is not.
    """
    try:
        import amaranth  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError("This needs the extra rtl: pip install 'ohmshot[rtl]'.") from error
