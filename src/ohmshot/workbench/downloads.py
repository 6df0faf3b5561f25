"""Files to take home: the chip, the bundle, the page of the task, the drawings as pictures."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ohmshot.adapt.citations import parameter_citations
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import save_bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import SettingsError
from ohmshot.report.own_task_page import own_task_page
from ohmshot.task.adapted_chip import save_adapted_chip
from ohmshot.task.own_task import OneChip, learn_own_task
from ohmshot.workbench.bench import Taught
from ohmshot.workbench.commands import SYMBOLS
from ohmshot.workbench.settings import Technologies, fresh_chip, simulated_part
from ohmshot.workbench.task import BenchTask

ENLARGED = 5
"""Pixels of a saved picture for one of the 28 x 28 that the network sees."""


def chip_file(taught: Taught, bundle: Bundle, technologies: Technologies, place: dict[str, str | int]) -> bytes:
    """The chip as it is now, as `ohmshot classify` reads it.

    Args:
        taught: the chip.
        bundle: the initialisation as it was loaded, for any number of classes.
        technologies: parameter sets by name.
        place: address and identity of a chip behind a wire; empty for one in this process.

    Raises:
        SettingsError: its cells or circuit are not those of a name, which the file could not say.
    """
    settings = taught.settings
    if not settings.plain:
        raise SettingsError(
            "The file of a chip names its cells and holds no converters, lines or noise of your own: set them back to "
            "the defaults in Engineer, learn, and save the chip then."
        )
    made: dict[str, str | int] = {
        "parameters": technologies.files.get(settings.technology, settings.technology),
        "seed": settings.seed,
        "arrays": taught.chip.datasheet.arrays,
    }
    chip = OneChip(taught.chip, "workbench", settings.technology, simulated=simulated_part(taught.chip),
                   place=place or made)  # fmt: skip
    learner = taught.learner
    return _written(
        lambda path: save_adapted_chip(
            path,
            chip,
            learner.targets[0],
            taught.bundle,
            learner.standard,
            taught.task.names,
            familiar=taught.task.familiar,
        )
    )


def report(taught: Taught, parameters: ParameterSet) -> str:
    """The page that `ohmshot adapt` writes: the same chip, fresh, learns the same task once more.

    Raises:
        SettingsError: the chip is behind a wire, which would have to be written again.
    """
    if not taught.copies:
        raise SettingsError("The report learns the task once more on a fresh chip; take `ohmshot adapt` for yours.")
    chip = fresh_chip(taught.settings, parameters, taught.bundle)
    name = parameters.information.name
    identity = f"ohmshot, {name}, seed {taught.settings.seed}, chip 0, life 0"
    held = OneChip(chip, identity, name, parameter_citations(parameters), taught.settings.seed, chip)
    return own_task_page(*learn_own_task(taught.bundle, taught.task.own_task(), held, taught.settings.learner()))


def bundle_file(bundle: Bundle) -> bytes:
    """The learned initialisation."""
    return _written(lambda path: save_bundle(bundle, path))


def _written(write: Callable[[Path], object]) -> bytes:
    """Content of the file that a function writes at the path that it is given."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(path)
        return path.read_bytes()


def drawings_file(task: BenchTask) -> bytes:
    """The drawings as PNG in a ZIP file, one folder a class, as `ohmshot adapt` reads them.

    Raises:
        SettingsError: they are signals.
    """
    if task.support.ndim != 3 or task.support.is_floating_point():
        raise SettingsError("Signals are not saved as pictures.")
    content = io.BytesIO()
    parts = {"support": (task.support, task.labels), "query": (task.query, task.query_labels)}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, (values, labels) in parts.items():
            for number, (ink, label) in enumerate(zip(values, labels.tolist(), strict=True)):
                name = re.sub(r"[^\w .-]", "_", task.names[label]).strip(". ") or f"symbol {label + 1}"
                page = 255 - ink.numpy().astype(np.uint8)
                picture = Image.fromarray(page).resize((28 * ENLARGED,) * 2, Image.Resampling.BICUBIC)
                file = io.BytesIO()
                picture.save(file, "PNG")
                archive.writestr(f"{SYMBOLS}/{part}/{label + 1:02d} {name}/{number:03d}.png", file.getvalue())
    return content.getvalue()
