"""`ohmshot workbench`: a local page on which a chip learns what a person draws."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import ChipOption, DataOption
from ohmshot.foundation.errors import SettingsError


@app.command("workbench")
def workbench_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open nothing.")] = False,
    host: Annotated[str, typer.Option(help="Address; beyond this machine, needs --token.")] = "127.0.0.1",
    token: Annotated[
        str,
        typer.Option(
            envvar="OHMSHOT_WORKBENCH_TOKEN", help="What a browser must show, 16 signs or more; new draws one."
        ),
    ] = "",
    parameters: Annotated[
        list[Path] | None, typer.Option(help="A parameter set of your own to choose on the page; repeatable.")
    ] = None,
    chip: ChipOption = "sim",
    data: DataOption = None,
) -> None:
    """Draw five symbols on a local page and watch a chip learn them, age, and be repaired."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
        import websockets  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError('The workbench needs a few packages more: pip install "ohmshot[web]".') from error
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.workbench.gate import Doors
    from ohmshot.workbench.run import run_workbench
    from ohmshot.workbench.settings import Technologies
    from ohmshot.workbench.shared import Workbench

    doors = Doors(host, secrets.token_urlsafe(16) if token == "new" else token)
    files = {load_parameter_set(str(path)).information.name: str(path.resolve()) for path in parameters or ()}
    bench = Workbench(Technologies(files), chip, data)

    def ready(address: str) -> None:
        console.print(f"The workbench is open at {address} (Ctrl-C ends it).", soft_wrap=True)

    run_workbench(bench, doors, port, ready, not no_browser)
