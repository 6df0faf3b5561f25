"""What the commands share: console, progress bar, the bundle and the drawings that options name."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ohmshot.bundle.bundle import Bundle

console = Console()


def progress_bar() -> Progress:
    """Return a bar with a description, the count and the time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def learned_bundle(path: Path | None, trusted_keys: Path | None = None) -> Bundle:
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
