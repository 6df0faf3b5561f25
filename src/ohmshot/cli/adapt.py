"""`ohmshot adapt` and `ohmshot classify`: a person's own classes."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, learned_bundle


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
    learned = learned_bundle(bundle)
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

    adapted = load_adapted_chip(chip, learned_bundle(bundle))
    images = torch.stack([load_picture(path) for path in pictures])
    for path, shares in zip(pictures, classify(adapted, images), strict=True):
        best = int(shares.argmax())
        console.print(f"{path}: {adapted.class_names[best]} ({100 * float(shares[best]):.0f} %)")
