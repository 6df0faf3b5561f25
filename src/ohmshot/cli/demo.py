"""`ohmshot demo`: the main job."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TaskID

from ohmshot.cli.app import app
from ohmshot.cli.chip import ChipOption, InjectOption
from ohmshot.cli.console import console, learned_bundle, progress_bar
from ohmshot.cli.limits import LimitOption, limits_of
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    BakeCelsiusOption,
    BakeHoursOption,
    BundleOption,
    DataOption,
    JsonOption,
    ParametersOption,
    QueriesOption,
    SeedOption,
    ShotsOption,
    StrategyOption,
    TestCellsOption,
    WaysOption,
)

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.data.examples import Examples


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
    ways: WaysOption = 5,
    shots: ShotsOption = 5,
    queries: QueriesOption = 15,
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
    """Load the initialisation into a chip, learn five unseen characters in five updates, bake, and report."""
    from ohmshot.adapt.address import source_at
    from ohmshot.adapt.bake import Bake
    from ohmshot.adapt.run import run_adaptation
    from ohmshot.adapt.settings import AdaptationSettings
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.circuit import Circuit
    from ohmshot.chip.faults.injection import injection_from
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.foundation.files import require_writable, write_text
    from ohmshot.host.care.care import REPAIR, TEST_FIRST
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.page import adaptation_page
    from ohmshot.report.table import adaptation_table, energy_table

    programming = strategy_named(strategy)
    learned = learned_bundle(bundle)
    cell = load_parameter_set(parameters)
    settings = AdaptationSettings(
        episodes=episodes,
        chips=chips,
        seed=seed,
        shape=EpisodeShape(ways, shots, queries),
        circuit=Circuit().arrays(arrays),
        learner=LearnerSettings(strategy=programming, limits=limits_of(limit)),
        bake=Bake(bake_hours, bake_celsius),
        care=TEST_FIRST if test_cells else REPAIR,
    )
    for path in (output / "report.html", *([json_file] if json_file else [])):
        require_writable(path)
    chips_there = source_at(chip, cell, settings.circuit, seed, injection_from(inject or ()), console.print)
    runs = []
    for drawings in _drawings(source, data):
        with progress_bar() as bar:
            task = bar.add_task(f"adapting to {drawings.name}", total=episodes)

            def show(done: int, bar: Progress = bar, task: TaskID = task) -> None:
                bar.update(task, completed=done)

            runs.append(run_adaptation(chips_there, learned, drawings, settings, show))
        console.print(adaptation_table(runs[-1][0]))
        console.print(energy_table(runs[-1][0]))
    written = []
    for result, _ in runs:
        name = "result.json" if len(runs) == 1 else f"result-{result.data.split()[0]}.json"
        written.append(output / name)
        write_text(written[-1], result.model_dump_json(indent=2) + "\n")
    if json_file:
        written.append(json_file)
        write_text(json_file, runs[0][0].model_dump_json(indent=2) + "\n")
    written.append(output / "report.html")
    write_text(written[-1], adaptation_page(runs))
    for path in written:
        console.print(f"wrote {path}")


def _drawings(source: str, data: Path | None) -> "list[Examples]":
    """Characters of the named source; "auto" falls back on what needs no download, and says so."""
    from ohmshot.data.omniglot import OmniglotUnavailableError
    from ohmshot.data.source import evaluation_examples

    if source != "auto":
        return [evaluation_examples(source, data)]
    try:
        return [evaluation_examples("omniglot", data)]
    except OmniglotUnavailableError as error:
        console.print(f"{error} Going on with digits and invented alphabets.")
        return [evaluation_examples("digits"), evaluation_examples("invented")]
