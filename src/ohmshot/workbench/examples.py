"""Examples as they travel between page and server: drawings and signals as the network sees them, in base64."""

import base64
import binascii
import functools
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import INK_BOX, Examples
from ohmshot.data.pictures import load_picture
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.errors import DataError, OhmshotError
from ohmshot.foundation.randomness import generator

INK = 96
"""From here on a pixel counts as ink, of 255 (our choice)."""
DOT = 0.75
"""A drawing whose ink spans less than this share of the box that drawings fill is one dot (our choice): a picture is
enlarged until its longer side fills the box, so only a blob, which is thinned from all sides, stays smaller."""
MOST_QUERIES = 15
"""Further examples of a class that a source gives, at most."""


def encoded(values: Tensor) -> str:
    """One example as text."""
    return base64.b64encode(values.contiguous().numpy().tobytes()).decode()


def decoded(text: str, bundle: Bundle) -> Tensor:
    """One example from a text, of the shape and type that a bundle takes.

    Raises:
        DataError: it is none.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DataError("An example is not in base64. Open the file of drawings again.") from error
    kind = np.dtype(np.uint8 if bundle.header.preprocessing.kind == "drawing" else np.float32)
    shape = bundle.example_shape
    if len(content) != kind.itemsize * int(np.prod(shape)):
        raise DataError(
            f"An example has {len(content)} bytes; one of shape {' x '.join(map(str, shape))} has "
            f"{kind.itemsize * int(np.prod(shape))}. Open the file of drawings again."
        )
    values = torch.from_numpy(np.frombuffer(content, kind).reshape(shape).copy())
    if values.is_floating_point() and not bool(values.isfinite().all()):
        raise DataError("An example holds a number that is not finite.")
    return values


def picture(content: bytes, name: str) -> Tensor:
    """Read a picture that was drawn, dropped or taken: uint8 [28, 28].

    Args:
        content: the file, of any kind that `ohmshot adapt` reads.
        name: what the page calls it, for messages.

    Raises:
        DataError: it is no picture, empty, too large, or one dot.
    """
    # By way of a file: the same reader, with the same limits, as for pictures on the command line.
    with tempfile.TemporaryDirectory(prefix="ohmshot-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        try:
            ink = load_picture(path)
        except OhmshotError as error:
            raise DataError(str(error).replace(str(path), name)) from error
    require_more_than_a_dot(ink, name)
    return ink


def require_more_than_a_dot(ink: Tensor, name: str) -> None:
    """Refuse a drawing that is a dot, uint8 [side, side].

    Raises:
        DataError: it is one, or it is empty.
    """
    dark = ink >= INK
    if not bool(dark.any()):
        raise DataError(f"{name} is empty: no drawing stands out from the paper.")
    spans = [
        int(places[-1] - places[0]) + 1 for places in (torch.nonzero(dark.any(side)).squeeze(1) for side in (0, 1))
    ]
    if max(spans) < DOT * INK_BOX:
        raise DataError(f"{name} is one dot: it has no shape to be told by. Draw a line at least.")


@functools.lru_cache(maxsize=6)
def source_examples(name: str, data: Path | None) -> Examples:
    """Examples of a source, kept for the next page that asks.

    Raises:
        OhmshotError: no such source, or its data are missing.
    """
    return evaluation_examples(name, data)


def drawn_task(
    name: str, examples: Examples, ways: int, shots: int, seed: int, one_group: bool
) -> list[dict[str, object]]:
    """Draw one task from a source: for each class its name, examples to learn from, and others to be judged by.

    Raises:
        SettingsError: too few classes or examples.
    """
    most = examples.examples_per_class - shots if examples.recordings is None else MOST_QUERIES
    shape = EpisodeShape(ways, shots, max(1, min(MOST_QUERIES, most)), "one group" if one_group else "any")
    episode = sample_episodes(examples, shape, 1, generator(seed, "workbench", name))
    support = episode.support(examples.values)[0].view(ways, shots, *examples.values.shape[2:])
    queries = episode.query(examples.values)[0].view(ways, shape.queries, *examples.values.shape[2:])
    return [
        {
            "name": examples.class_names[int(number)].replace("/", " "),
            "examples": [encoded(values) for values in support[way]],
            "queries": [encoded(values) for values in queries[way]],
        }
        for way, number in enumerate(episode.characters[0])
    ]
