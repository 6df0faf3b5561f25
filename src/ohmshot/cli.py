"""The command `ohmshot`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ohmshot.foundation.errors import OhmshotError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Few-shot learning on the chip, in ReRAM.")
console = Console()


@app.callback()
def _commands() -> None:
    """Few-shot learning on the chip, in resistive memory."""


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
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        tasks: dict[str, int] = {}

        def show(phase: str, done: int, total: int, loss: float, held_out: float | None) -> None:
            task = tasks.setdefault(phase, int(bar.add_task(phase, total=total)) if phase not in tasks else 0)
            known = "" if held_out is None else f", held-out {held_out:.2f} %"
            bar.update(task, completed=done, description=f"{phase}: loss {loss:.3f}{known}")  # type: ignore[arg-type]

        bundle = meta_train(settings, drawings, output, show)
    save_bundle(bundle, output / "bundle.safetensors")
    for name, value in bundle.header.provenance.metrics.items():
        console.print(f"{name}: {value:.2f}")
    console.print(f"Bundle: {output / 'bundle.safetensors'}")


def main() -> None:
    """Run the command line: errors that a person can mend are one line and exit code 2."""
    try:
        app()
    except OhmshotError as error:
        print(f"ohmshot: {error}", file=sys.stderr)
        sys.exit(2)
