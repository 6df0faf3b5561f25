"""`ohmshot meta-train`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from ohmshot.cli.app import app
from ohmshot.cli.console import console, progress_bar, tell_of
from ohmshot.cli.output import require_outputs
from ohmshot.meta.presets import preset_names


@app.command("meta-train", works=True)
def meta_train_command(
    preset_name: Annotated[
        str, typer.Option("--preset", help=f"Settings: {', '.join(preset_names())}, or a TOML file.")
    ] = "default",
    algorithm: Annotated[str | None, typer.Option(help="Meta-learning algorithm, in place of the preset's.")] = None,
    source: Annotated[
        str, typer.Option(help="Training data (docs/data.md): omniglot, emg, ... or folder.")
    ] = "omniglot",
    data: Annotated[Path | None, typer.Option(help="Folder that holds the data set, or your own classes.")] = None,
    output: Annotated[Path, typer.Option(help="Folder of the run, or of one to continue.")] = Path("runs/default"),
    device: Annotated[str, typer.Option(help="cpu, cuda or auto.")] = "auto",
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write TensorBoard files too.")] = False,
) -> None:
    """Meta-train a bundle, alone or in the processes that torchrun starts."""
    import os

    from ohmshot.bundle.file import save_bundle
    from ohmshot.data.source import training_examples
    from ohmshot.foundation.devices import chosen_device
    from ohmshot.meta.metrics import TensorBoard
    from ohmshot.meta.processes import joined
    from ohmshot.meta.run import meta_train
    from ohmshot.meta.settings import preset

    require_outputs(output / "bundle.safetensors", folders=("output",))
    settings = preset(preset_name)
    if algorithm is not None:
        settings = settings.model_copy(update={"algorithm": algorithm})
    computes_on = chosen_device(device, int(os.environ.get("LOCAL_RANK", "0")))
    examples = tell_of(training_examples(source, data))
    with joined() as processes, progress_bar() as bar:
        tasks: dict[str, TaskID] = {}
        bar.disable = bar.disable or not processes.first

        def show(phase: str, done: int, total: int, loss: float | None, held_out: float | None) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=total)
            known = "" if held_out is None else f", held-out {held_out:.2f} %"
            bar.update(
                tasks[phase], completed=done, description=phase + ("" if loss is None else f": loss {loss:.3f}") + known
            )

        logs = (TensorBoard(output / "tensorboard"),) if tensorboard and processes.first else ()
        bundle = meta_train(settings, examples, output, show, processes, computes_on, logs)
    if not processes.first:
        return
    save_bundle(bundle, output / "bundle.safetensors")
    for name, value in bundle.header.provenance.metrics.items():
        console.print(f"{name}: {value:.2f}")
    console.print(f"Bundle: {output / 'bundle.safetensors'}")
