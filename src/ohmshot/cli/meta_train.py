"""`ohmshot meta-train`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from ohmshot.cli.app import app
from ohmshot.cli.console import console, progress_bar


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
    with progress_bar() as bar:
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
