"""The engine of `ohmshot fleet` and `ohmshot sweep`: threads of this machine, or a Ray cluster."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.cli.console import console

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.adapt.fleet.run import Workers

RayOption = Annotated[str | None, typer.Option(help="Run on a Ray cluster: auto or its address.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Threads without Ray; default: one a core.")]
AtOnceOption = Annotated[
    int, typer.Option(min=1, help="Most chips of a chunk; bounds a worker's memory. A GPU takes more.")
]


@contextlib.contextmanager
def engine(ray: str | None, workers: int | None, table: Path) -> Iterator[tuple["Workers", int]]:
    """Give the workers and how many cores they have; a Ray cluster is joined once for the whole block.

    Ctrl-C inside the block ends the command with exit code 130, and says where the finished parts of the table are.
    """
    from ohmshot.adapt.fleet.parts import parts_folder
    from ohmshot.adapt.fleet.run import on_threads
    from ohmshot.foundation.chunks import usable_cores

    try:
        if ray is None:
            yield on_threads(workers), workers or usable_cores()
            return
        from ohmshot.adapt.fleet.over_ray import cluster, on_ray

        with cluster(ray) as joined:
            yield on_ray(ray), int(joined.cluster_resources().get("CPU", 1))
    except KeyboardInterrupt:
        console.print(f"Stopped. What is done is kept in {parts_folder(table)}; the same command continues from there.")
        raise typer.Exit(130) from None
