"""The command `ohmshot`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ohmshot.bundle.bundle import Bundle
from ohmshot.data.drawings import Drawings
from ohmshot.foundation.errors import OhmshotError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Few-shot learning on the chip, in ReRAM.")
console = Console()


@app.callback()
def _commands() -> None:
    """Few-shot learning on the chip, in resistive memory."""


def _progress_bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _learned(path: Path | None) -> Bundle:
    """Return the bundle given with --bundle, or the one shipped."""
    from ohmshot.bundle.file import default_bundle, load_bundle

    return load_bundle(path) if path else default_bundle()


@app.command("meta-train")
def meta_train_command(
    preset_name: Annotated[str, typer.Option("--preset", help="Settings: default or quick.")] = "default",
    data: Annotated[Path | None, typer.Option(help="Folder that holds Omniglot.")] = None,
    output: Annotated[Path, typer.Option(help="Folder of the run; a killed run goes on there.")] = Path("runs/default"),
) -> None:
    """Meta-train a bundle on Omniglot's background alphabets."""
    from ohmshot.bundle.file import save_bundle
    from ohmshot.data.omniglot import load_omniglot
    from ohmshot.meta.run import meta_train
    from ohmshot.meta.settings import preset

    settings = preset(preset_name)
    drawings = load_omniglot("background", data)
    output.mkdir(parents=True, exist_ok=True)
    with _progress_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def show(phase: str, done: int, total: int, loss: float, held_out: float | None) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=total)
            known = "" if held_out is None else f", held-out {held_out:.2f} %"
            bar.update(tasks[phase], completed=done, description=f"{phase}: loss {loss:.3f}{known}")

        bundle = meta_train(settings, drawings, output, show)
    save_bundle(bundle, output / "bundle.safetensors")
    for name, value in bundle.header.provenance.metrics.items():
        console.print(f"{name}: {value:.2f}")
    console.print(f"Bundle: {output / 'bundle.safetensors'}")


@app.command("demo")
def demo_command(
    source: Annotated[
        str, typer.Option(help="omniglot, digits or invented; auto: omniglot, or else the other two.")
    ] = "auto",
    data: Annotated[Path | None, typer.Option(help="Folder that holds Omniglot.")] = None,
    episodes: Annotated[int, typer.Option(min=1, help="Adaptations in all, spread over the chips.")] = 20,
    chips: Annotated[int, typer.Option(min=1, help="Different chips.")] = 1,
    strategy: Annotated[str, typer.Option(help="single-shot-set, iterative-set, iterative-reset, hybrid.")] = "hybrid",
    shots: Annotated[int, typer.Option(min=1)] = 5,
    queries: Annotated[int, typer.Option(min=1)] = 15,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    bundle: Annotated[Path | None, typer.Option(help="Learned initialisation; default: the one shipped.")] = None,
    parameters: Annotated[
        str, typer.Option(help="Parameter set of the cell: a name or a TOML file.")
    ] = "leti_hfo2_130nm",
    bake_hours: Annotated[float, typer.Option(min=0)] = 12.0,
    bake_celsius: Annotated[float, typer.Option(min=-273.0)] = 150.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result here too.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for result and report.")] = Path("ohmshot-output"),
) -> None:
    """Load the initialisation into a chip, learn five unseen characters in five updates, bake, and report."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.foundation.files import write_text
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies import strategy_named
    from ohmshot.report.page import adaptation_page
    from ohmshot.report.table import adaptation_table, energy_table
    from ohmshot.study.adaptation import AdaptationSettings, run_adaptation

    strategy_named(strategy)
    learned = _learned(bundle)
    cell = load_parameter_set(parameters)
    settings = AdaptationSettings(
        episodes=episodes,
        chips=chips,
        seed=seed,
        shape=EpisodeShape(learned.header.network.ways, shots, queries),
        learner=LearnerSettings(strategy=strategy),
        bake_hours=bake_hours,
        bake_celsius=bake_celsius,
    )
    runs = []
    for drawings in _drawings(source, data):
        with _progress_bar() as bar:
            task = bar.add_task(f"adapting to {drawings.name}", total=episodes)

            def show(done: int, bar: Progress = bar, task: TaskID = task) -> None:
                bar.update(task, completed=done)

            runs.append(run_adaptation(learned, drawings, cell, settings, show))
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


def _drawings(source: str, data: Path | None) -> list[Drawings]:
    """Characters of the named source; "auto" falls back on what needs no download, and says so."""
    from ohmshot.data.omniglot import OmniglotUnavailableError
    from ohmshot.data.source import evaluation_drawings

    if source != "auto":
        return [evaluation_drawings(source, data)]
    try:
        return [evaluation_drawings("omniglot", data)]
    except OmniglotUnavailableError as error:
        console.print(f"{error} Going on with digits and invented alphabets.")
        return [evaluation_drawings("digits"), evaluation_drawings("invented")]


@app.command("adapt")
def adapt_command(
    support: Annotated[Path, typer.Option(help="One folder of pictures a class, to learn from.")],
    query: Annotated[Path | None, typer.Option(help="The same classes, other pictures, to be judged by.")] = None,
    strategy: Annotated[str, typer.Option()] = "hybrid",
    seed: Annotated[int, typer.Option(help="Which chip.")] = 0,
    bundle: Annotated[Path | None, typer.Option(help="Learned initialisation; default: the one shipped.")] = None,
    parameters: Annotated[str, typer.Option(help="Parameter set of the cell.")] = "leti_hfo2_130nm",
    output: Annotated[Path, typer.Option(help="The adapted chip is written here.")] = Path("adapted-chip.safetensors"),
) -> None:
    """Teach a chip your own classes: five updates on your pictures; the chip's state is kept in a file."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.circuit import Circuit
    from ohmshot.chip.simulated import SimulatedCrossbar
    from ohmshot.data.pictures import load_picture_folder
    from ohmshot.foundation.errors import DataError
    from ohmshot.host.learner import Learner, LearnerSettings
    from ohmshot.host.strategies import strategy_named
    from ohmshot.study.adapted_chip import save_adapted_chip

    strategy_named(strategy)
    learned = _learned(bundle)
    ways = learned.header.network.ways
    lessons = load_picture_folder(support, 1)
    if len(lessons.class_names) != ways:
        raise DataError(f"{support} holds {len(lessons.class_names)} classes; this bundle learns {ways}.")
    tests = load_picture_folder(query, 1) if query else None
    if tests and tests.class_names != lessons.class_names:
        raise DataError(f"{query} must hold the same classes as {support}: {', '.join(lessons.class_names)}.")
    crossbar = SimulatedCrossbar(load_parameter_set(parameters).values, Circuit(), seed, [0])
    learner = Learner(crossbar, learned, LearnerSettings(strategy=strategy))
    learner.initialise()
    features = learned.features(lessons.images)[None]
    judged = tests or lessons
    judged_features = learned.features(judged.images)[None]
    for step in range(len(learned.header.rates)):
        before = crossbar.meter()
        written = int(learner.update(features, lessons.labels, step)[0])
        spent = sum(float(joules[0]) for joules in (crossbar.meter() - before).energy_joules.values())
        answers = learner.forward(judged_features).logits[0].argmax(-1)
        right = 100 * float((answers == judged.labels).float().mean())
        of = "query" if tests else "support"
        console.print(f"update {step + 1}: {right:.1f} % of the {of}, {written} cells written, {1e6 * spent:.3f} uJ")
    save_adapted_chip(output, crossbar, learned, parameters, seed, lessons.class_names)
    console.print(f"wrote {output}")


@app.command("classify")
def classify_command(
    pictures: Annotated[list[Path], typer.Argument(help="PNG or JPEG files.")],
    chip: Annotated[Path, typer.Option(help="A chip made by `ohmshot adapt`.")] = Path("adapted-chip.safetensors"),
    bundle: Annotated[Path | None, typer.Option(help="The bundle that it was adapted from.")] = None,
) -> None:
    """Answer with an adapted chip: one line a picture."""
    import torch

    from ohmshot.data.pictures import load_picture
    from ohmshot.study.adapted_chip import classify, load_adapted_chip

    adapted = load_adapted_chip(chip, _learned(bundle))
    images = torch.stack([load_picture(path) for path in pictures])
    for path, shares in zip(pictures, classify(adapted, images), strict=True):
        best = int(shares.argmax())
        console.print(f"{path}: {adapted.class_names[best]} ({100 * float(shares[best]):.0f} %)")


def main() -> None:
    """Run the command line: errors that a person can mend are one line and exit code 2."""
    try:
        app()
    except OhmshotError as error:
        print(f"ohmshot: {error}", file=sys.stderr)
        sys.exit(2)
