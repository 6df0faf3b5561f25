"""What the commands share: console, progress bar, the bundle and the drawings that options name."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.bundle.bundle import Bundle

console = Console()


def progress_bar() -> Progress:
    """Return a bar with a description, the count and the time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def counted_chips(bar: Progress, total: int) -> Callable[[int], None]:
    """Add a task to a bar; what comes back is told how many chips are done and shows their number and rate."""
    task = bar.add_task("adapting", total=total)
    begun: list[tuple[float, int]] = []

    def show(done: int) -> None:
        now = time.perf_counter()
        begun.append((now, done))
        # What was done before this run counts for the bar and not for the rate.
        rate = (done - begun[0][1]) / max(now - begun[0][0], 1e-9)
        bar.update(task, completed=done, description=f"adapting, {rate:.0f} chips/s")

    return show


def learned_bundle(path: Path | None, trusted_keys: Path | None = None) -> "Bundle":
    """Return the bundle given with --bundle, or the one shipped.

    Raises:
        BundleError: it cannot be read, or trusted keys are given and none of them signed it.
    """
    from ohmshot.bundle.file import default_bundle, load_bundle, load_trusted_bundle
    from ohmshot.foundation.errors import BundleError

    if trusted_keys is None:
        return load_bundle(path) if path else default_bundle()
    if path is None:
        raise BundleError("The bundle that comes with ohmshot is not signed. Give a signed one with --bundle.")
    return load_trusted_bundle(path, trusted_keys).bundle
