"""`ohmshot demo`: the main job."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counting, evaluation_data, learned_bundle, personal_initialisation
from ohmshot.cli.limits import LimitOption, limits_of
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    BakeCelsiusOption,
    BakeHoursOption,
    BundleOption,
    ChipOption,
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


@app.command("demo")
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
    arrays: Annotated[int, typer.Option(min=1, help="2-kbit arrays; 20-way tasks take 2.")] = 1,
    seed: SeedOption = 0,
    bundle: BundleOption = None,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    bake_hours: BakeHoursOption = 12.0,
    bake_celsius: BakeCelsiusOption = 150.0,
    chip: ChipOption = "sim",
    limit: LimitOption = None,
    inject: InjectOption = None,
    test_cells: TestCellsOption = False,
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
    from ohmshot.adapt.run import run_adaptation
    from ohmshot.adapt.settings import AdaptationSettings
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.circuit import Circuit
    from ohmshot.chip.faults.injection import injection_from
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.data.source import PERSONAL, evaluation_examples
    from ohmshot.host.care.care import REPAIR, TEST_FIRST
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.adaptation_page import adaptation_page
    from ohmshot.report.table import adaptation_table, energy_table

    programming = strategy_named(strategy)
    personal = source in PERSONAL
    learned = personal_initialisation(source, data) if personal and bundle is None else learned_bundle(bundle)
    cell = load_parameter_set(parameters)
    settings = AdaptationSettings(
        episodes=episodes,
        chips=chips,
        seed=seed,
        shape=EpisodeShape(
            ways or learned.header.network.ways, shots, queries, "one group" if personal else scope.of_episodes
        ),
        circuit=Circuit().arrays(arrays),
        learner=LearnerSettings(strategy=programming, limits=limits_of(limit)),
        bake=Bake(bake_hours, bake_celsius),
        care=TEST_FIRST if test_cells else REPAIR,
    )
    require_outputs(output / "report.html", json_file)
    chips_there = source_at(chip, cell, settings.circuit, seed, injection_from(inject or ()), console.print)
    runs = []
    for examples in evaluation_data(source, data, evaluation_examples, "digits", "invented"):
        with counting(f"adapting to {examples.name}", episodes) as show:
            runs.append(run_adaptation(chips_there, learned, examples, settings, show))
        console.print(adaptation_table(runs[-1][0]))
        console.print(energy_table(runs[-1][0]))
    for result, _ in runs:
        name = "result.json" if len(runs) == 1 else f"result-{result.data.split()[0]}.json"
        write_output(output / name, result)
    write_output(json_file, runs[0][0])
    write_output(output / "report.html", adaptation_page(runs))
