"""`ohmshot demo`: the main job."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import (
    console,
    counting,
    evaluation_data,
    learned_bundle,
    personal_initialisation,
)
from ohmshot.cli.limits import LimitOption, limits_of
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    ArraysOption,
    BakeCelsiusOption,
    BakeHoursOption,
    BundleOption,
    ChipOption,
    ControllerOption,
    DataOption,
    InjectOption,
    JsonOption,
    ParametersOption,
    QueriesOption,
    ScopeOption,
    SeedOption,
    ShotsOption,
    StrategyOption,
    TaskScope,
    TestCellsOption,
)
from ohmshot.cli.output import require_outputs, write_output


@app.command("demo", works=True)
def demo_command(
    source: Annotated[
        str,
        typer.Option(help="A data source (docs/data.md); auto: omniglot, or else digits and invented."),
    ] = "auto",
    data: DataOption = None,
    episodes: Annotated[int, typer.Option(min=1, help="Adaptations in all, spread over the chips.")] = 20,
    chips: Annotated[int, typer.Option(min=1, help="Different chips.")] = 1,
    strategy: StrategyOption = "hybrid",
    ways: Annotated[
        int | None, typer.Option(min=2, help="Classes to tell apart; default: as the initialisation is for.")
    ] = None,
    shots: ShotsOption = 5,
    queries: QueriesOption = 15,
    scope: ScopeOption = TaskScope.any,
    arrays: ArraysOption = None,
    seed: SeedOption = 0,
    bundle: BundleOption = None,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    bake_hours: BakeHoursOption = 12.0,
    bake_celsius: BakeCelsiusOption = 150.0,
    chip: ChipOption = "sim",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Do not ask before a --chip that has learned something forgets it.")
    ] = False,
    limit: LimitOption = None,
    inject: InjectOption = None,
    test_cells: TestCellsOption = False,
    controller: ControllerOption = False,
    json_file: JsonOption = None,
    output: Annotated[Path, typer.Option(help="Folder for result and report.")] = Path("ohmshot-output"),
) -> None:
    """Load the initialisation into a chip, learn unseen classes in five updates, bake, and report.

    Sources of people (emg, emg-pairs, exercises-FOLD, speech-SPEAKER) meta-train their initialisation from other people
    the first time, and keep it.
    """
    console.print("loading PyTorch, the pictures and the learned initialisation ...")  # which take some seconds
    from ohmshot.adapt.address import source_at
    from ohmshot.adapt.bake import Bake
    from ohmshot.api.runs import bundle_of_run, run_demo
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.faults.injection import injection_from
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.data.source import PERSONAL
    from ohmshot.host.array import circuit_for
    from ohmshot.host.care.care import REPAIR, TEST_FIRST
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.adaptation_page import adaptation_page
    from ohmshot.report.table import adaptation_tables

    require_outputs(output / "report.html", folders=("output",), json_file=json_file)
    programming = strategy_named(strategy)
    personal = source in PERSONAL
    given = None if bundle is None else learned_bundle(bundle)  # or refuse it, before data are looked for
    if given is None and personal:
        given = personal_initialisation(source, data)
    drawn_from = evaluation_data(source, data, "digits", "invented")
    learned = given or bundle_of_run(None, drawn_from[0])
    cell = load_parameter_set(parameters)
    ways = ways or learned.header.network.ways
    shape = EpisodeShape(ways, shots, queries, "one group" if personal else scope.of_episodes)
    bake, limits = Bake(bake_hours, bake_celsius), limits_of(limit)
    circuit = circuit_for(learned.for_ways(ways), arrays)
    if arrays is None and circuit.side_by_side > 1:
        console.print(f"{ways} classes take {circuit.side_by_side} arrays.")
    chips_there = source_at(
        chip, cell, circuit, seed, injection_from(inject or ()), console.print, _may_overwrite(overwrite)
    )
    runs = []
    for examples in drawn_from:
        with counting(f"adapting to {examples.name}", episodes) as show:
            run = run_demo(
                examples,
                episodes=episodes,
                chips=chips,
                shape=shape,
                bundle=learned,
                strategy=programming,
                bake=bake,
                parameters=cell,
                arrays=circuit.side_by_side,
                chip=chips_there,
                limits=limits,
                care=TEST_FIRST if test_cells else REPAIR,
                host="controller" if controller else "computer",
                seed=seed,
                progress=show,
            )
        console.show(adaptation_tables(run.result))
        runs.append(run)
    for run in runs:
        name = "result.json" if len(runs) == 1 else f"result-{run.result.data.split()[0]}.json"
        write_output(output / name, run.result)
    write_output(json_file, runs[0].result)
    write_output(output / "report.html", adaptation_page([(run.result, run.draw()) for run in runs]))


def _may_overwrite(given: bool) -> Callable[[str], bool]:
    """Whether a chip in use may be written: as the option says, or the person at the terminal."""

    def may(question: str) -> bool:
        with console.without_sign():
            return given or (sys.stdin.isatty() and typer.confirm(f"{question} Go on?"))

    return may
