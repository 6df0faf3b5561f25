"""Console, progress bars, and the bundle and examples that options name."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleDimensions
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from ohmshot.cli.narrow import fitted
from ohmshot.foundation.text import one_line, printable

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.bundle.bundle import Bundle
    from ohmshot.data.examples import Examples
    from ohmshot.meta.phase import Progress as TrainingProgress

PIPED_WIDTH = 200
"""Columns of a table that goes into a file or another program; lines of text are not broken there at all."""
NARROWEST = 20
"""Columns that are written at least: a narrower terminal breaks the lines itself."""


class PlainConsole(Console):
    """A console that shows texts as they are: names of files and answers of chips are no markup and steer nothing.

    A string that is printed is one line, whatever it quotes.
    """

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False)
        self._sign: Progress | None = None

    @property  # type: ignore[misc]  # rich's can also be set, which nothing here does
    def size(self) -> ConsoleDimensions:
        """Columns and rows: those of the terminal or of COLUMNS, of a pipe `PIPED_WIDTH` where COLUMNS says nothing."""
        found = super().size
        said = os.environ.get("COLUMNS", "")
        width = found.width if self.is_terminal else int(said) if said.isdecimal() else PIPED_WIDTH
        return ConsoleDimensions(max(width, NARROWEST), found.height)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `rich.console.Console.print` does; into a pipe without breaking lines of text."""
        objects = tuple(self._shown(each) for each in objects)
        if not self.is_terminal and all(isinstance(each, str) for each in objects):
            options.setdefault("soft_wrap", True)
        super().print(*objects, **options)

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Show in this block on a terminal that something is being done, by a sign that turns and the seconds."""
        if not self.is_terminal:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("working"), TimeElapsedColumn())
        self._sign = Progress(*columns, console=self, transient=True)
        self._sign.add_task("")
        try:
            with self._sign:
                yield
        finally:
            self._sign = None

    @contextlib.contextmanager
    def without_sign(self) -> Iterator[None]:
        """Take the sign of `alive` away in this block: a bar shows as much, and a question waits for an answer."""
        sign = self._sign
        if sign is not None:
            sign.stop()
        try:
            yield
        finally:
            if sign is not None:
                sign.start()

    def show(self, parts: Iterable[Any]) -> None:
        """Print tables and lines, one after the other."""
        for part in parts:
            self.print(part)

    def _shown(self, part: Any) -> Any:
        if isinstance(part, Table):
            return fitted(part, self.width)
        return one_line(part) if isinstance(part, str) else part

    def render_str(self, text: str, **options: Any) -> Text:
        """Text of a string with what would steer the terminal escaped."""
        return super().render_str(printable(text), **options)


console = PlainConsole()


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show a bar for this block on a terminal, with a description, the count and the time, which moves every second."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold")),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=console, disable=not console.is_terminal)
    # A bar that is shown nowhere is not begun: older versions of rich print an empty line at the end of each.
    with console.without_sign(), contextlib.nullcontext() if bar.disable else bar:
        yield bar


@contextlib.contextmanager
def counting(description: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """Show a bar for this block; the function given takes how much is done, and the total where it is known later."""
    with progress_bar() as bar:
        task = bar.add_task(description, total=total)

        def show(done: float, of: int | None = None) -> None:
            bar.update(task, completed=done, total=of)

        yield show


def counted_chips(bar: Progress, total: int) -> Callable[[int], None]:
    """Add a task to a bar; the function returned takes how many chips are done and shows their number and rate."""
    task = bar.add_task("adapting", total=total)
    begun: list[tuple[float, int]] = []

    def show(done: int) -> None:
        now = time.perf_counter()
        begun.append((now, done))
        # What was done before this run counts for the bar and not for the rate.
        rate = (done - begun[0][1]) / max(now - begun[0][0], 1e-9)
        bar.update(task, completed=done, description=f"adapting, {rate:.0f} chips/s")

    return show


@contextlib.contextmanager
def training_progress(description: str) -> "Iterator[TrainingProgress]":
    """Show a bar for this block once something is trained in it; see `ohmshot.meta.phase.Progress`."""
    with progress_bar() as bar:
        task = bar.add_task(description, visible=False)

        def show(phase: str, done: int, total: int, loss: float | None, held_out: float | None) -> None:
            bar.update(task, completed=done, total=total, visible=True)

        yield show


def learned_bundle(path: Path | None, trusted_keys: Path | None = None, features: int | None = None) -> "Bundle":
    """Return the bundle given with --bundle, a file or the name of a shipped one; without it the default.

    Args:
        path: of a bundle, or the name of one.
        trusted_keys: keys of which one must have signed it.
        features: number of the features that a person computed, for which the default is a bundle of its own; None
            for files.

    Raises:
        BundleError: it cannot be read, or trusted keys are given and none of them signed it.
    """
    from ohmshot.bundle.file import default_bundle, load_trusted_bundle, named_bundle
    from ohmshot.bundle.for_features import bundle_for
    from ohmshot.foundation.errors import BundleError

    if trusted_keys is None and path is None and features is not None:
        return bundle_for(features)
    if trusted_keys is None:
        return named_bundle(path) if path else default_bundle()
    if path is None:
        raise BundleError("The bundle that comes with ohmshot is not signed. Give a signed one with --bundle.")
    return load_trusted_bundle(path, trusted_keys).bundle


def personal_initialisation(source: str, data: Path | None) -> "Bundle":
    """Return the initialisation for a source of people, meta-trained now if it is the first time.

    Args:
        source: its name.
        data: folder of the data.
    """
    from ohmshot.data.source import PERSONAL, training_examples
    from ohmshot.meta.personal import personal_bundle

    training = training_examples(source, data)
    with training_progress(f"learning from {len(training.group_names)} other people, once") as show:
        return personal_bundle(PERSONAL[source], training, show)


def tell_of(examples: "Examples") -> "Examples":
    """Say what of a person's files is not among some examples; returns the examples."""
    for note in examples.notes:
        console.print(note)
    return examples


def evaluation_data(source: str, data: Path | None, *instead: str) -> "list[Examples]":
    """Load the examples of a source; "auto" is Omniglot, or other sources where it cannot be had, and says so.

    Args:
        source: its name, or "auto".
        data: folder that holds its data.
        instead: sources that need no download.
    """
    from ohmshot.data.archive import DataUnavailableError
    from ohmshot.data.source import evaluation_examples

    if source != "auto":
        return [tell_of(evaluation_examples(source, data))]
    try:
        return [evaluation_examples("omniglot", data)]
    except DataUnavailableError as error:
        console.print(f"{error} Going on with {' and '.join(instead)} alphabets.")
        return [evaluation_examples(name, None) for name in instead]


def training_data(source: str, data: Path | None, instead: str) -> "Examples":
    """Load the classes of a source that settings may be chosen with; "auto" as in `evaluation_data`."""
    from ohmshot.data.archive import DataUnavailableError
    from ohmshot.data.source import training_examples

    if source != "auto":
        return training_examples(source, data)
    try:
        return training_examples("omniglot", data)
    except DataUnavailableError as error:
        console.print(f"{error} Going on with {instead} alphabets.")
        return training_examples(instead)
