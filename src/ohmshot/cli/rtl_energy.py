"""`ohmshot rtl energy`: what the updates of an adaptation take of the controller, from toggles of its gates."""

from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.cli.console import console
from ohmshot.cli.options import DEFAULT_PARAMETERS, BundleOption, JsonOption, ParametersOption, SeedOption
from ohmshot.cli.output import require_outputs, write_output
from ohmshot.cli.rtl import LibertyOption, PlanOption, RtlShotsOption, require_rtl, rtl_app

if TYPE_CHECKING:
    from ohmshot.controller.rtl.gates.measured import GateEnergy


@rtl_app.command("energy")
def energy_command(
    liberty: LibertyOption = None,
    bundle: BundleOption = None,
    strategy: PlanOption = "hybrid",
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    shots: RtlShotsOption = 5,
    updates: Annotated[int, typer.Option(min=1, max=5, help="Updates of the adaptation.")] = 5,
    wire: Annotated[float, typer.Option(min=0, max=100, help="Wire assumed at every pin, in fF; 0: none.")] = 0.0,
    seed: SeedOption = 5,
    result: JsonOption = None,
) -> None:
    """Energy of an adaptation by the gates; blocks, netlist and model run it and must agree (about a minute)."""
    require_outputs(result=result)
    require_rtl()
    import torch

    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.circuit import Circuit
    from ohmshot.chip.simulated import SimulatedCrossbar
    from ohmshot.cli.console import learned_bundle
    from ohmshot.controller.pulse_sequencer import pulse_timing
    from ohmshot.controller.rtl.adaptation import episode_of
    from ohmshot.controller.rtl.gates.cells import library_of
    from ohmshot.controller.rtl.gates.measured import measured
    from ohmshot.data.source import evaluation_examples
    from ohmshot.host.strategies.registry import strategy_named

    library, cells, circuit = library_of(liberty), load_parameter_set(parameters).values, Circuit()
    learned = learned_bundle(bundle)
    ways = learned.header.network.ways
    support = evaluation_examples("invented").values[:ways, :shots].flatten(0, 1)
    labels = torch.arange(ways).repeat_interleave(shots)
    chip = SimulatedCrossbar(cells, circuit, seed, [0])
    task = episode_of(learned, chip, strategy_named(strategy), support, labels)
    timing = pulse_timing(cells.reset_width, cells.set_width, cells.read_width + circuit.conversion_s)
    found, _ = measured(task, timing, library, updates, 1e-3 * wire)
    _show(found, library.name, wire)
    if result is not None:
        write_output(result, found.as_json(library.name))


def _show(found: "GateEnergy", name: str, wire: float) -> None:
    from rich.table import Table

    columns = ("clock", "flops", "logic", "nets", "of it glitches", "leakage", "sum")
    table = Table("block, nJ", *columns, title=name)
    for each in found.blocks:
        parts = (each.clock, each.flops, each.logic, each.nets, each.glitches, each.leakage, each.total)
        table.add_row(each.block, *(f"{1e9 * part:.1f}" for part in parts))
    for memory in found.memories:
        all_of_it = memory.accesses + memory.leakage
        size = f"memory of {memory.name}: {memory.reads:,} reads, {memory.writes:,} writes"
        table.add_row(size, *[""] * 5, f"{1e9 * memory.leakage:.2f}", f"{1e9 * all_of_it:.1f}")
    table.add_row("controller", *[""] * 6, f"{1e9 * found.total:.1f}")
    table.add_row("array", *[""] * 6, f"{1e9 * found.array:.1f}")
    console.print(table)
    cycles = ", ".join(f"{each:,}" for each in found.cycles)
    console.print(
        f"Cycles of the updates: {cycles}. In {found.compared:,} cycles every output of the netlist was that of "
        f"the blocks. The latest net settled {found.latest_ps / 1000:.1f} ns after the clock. Without the clock's "
        f"tree, the feature extractor and converters; wire: {wire:g} fF a pin.",
        soft_wrap=True,
    )
