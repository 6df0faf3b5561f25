"""Five symbols drawn by an invented hand, as pictures to try things with before one has drawings of one's own."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from ohmshot.foundation.randomness import generator

Points = list[tuple[float, float]]
SIDE = 200
"""Side of a picture in pixels."""
_FINER = 4
"""Drawn so many times larger, and then reduced: lines without steps."""


def _arc(x: float, y: float, radius: float, first: float, last: float, points: int = 16) -> Points:
    """Points on a circle from one angle to another, in turns."""
    angles = np.linspace(2 * math.pi * first, 2 * math.pi * last, points)
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


SYMBOLS: dict[str, list[Points]] = {
    "anchor": [_arc(0.0, -0.75, 0.2, 0, 1), [(0.0, -0.55), (0.0, 0.9)], [(-0.4, -0.25), (0.4, -0.25)],
               _arc(0.0, 0.2, 0.7, 0.0, 0.5)],
    "fish": [[(x, 0.45 * math.sin(math.pi * (x + 0.9) / 1.3)) for x in np.linspace(-0.9, 0.9, 24)],
             [(x, -0.45 * math.sin(math.pi * (x + 0.9) / 1.3)) for x in np.linspace(-0.9, 0.9, 24)]],
    "house": [[(-0.7, 0.9), (-0.7, -0.1), (0.0, -0.9), (0.7, -0.1), (0.7, 0.9), (-0.7, 0.9)],
              [(-0.15, 0.9), (-0.15, 0.4), (0.2, 0.4), (0.2, 0.9)]],
    "spiral": [[(0.9 * turn / 2.5 * math.cos(2 * math.pi * turn), 0.9 * turn / 2.5 * math.sin(2 * math.pi * turn))
                for turn in np.linspace(0.1, 2.5, 60)]],
    "star": [[(0.95 * math.sin(0.8 * math.pi * corner), -0.95 * math.cos(0.8 * math.pi * corner))
              for corner in range(6)]],
}  # fmt: skip
"""Strokes of each symbol: points (x to the right, y down) in a box from -1 to 1."""


def drawn_symbols(seed: int, drawings: int) -> dict[str, list[Image.Image]]:
    """Draw every symbol several times, each time a little different in place, size, slant, line and pen.

    Args:
        seed: the same seed gives the same pictures.
        drawings: of each symbol.

    Returns:
        Black on white, grey, `SIDE` pixels wide and high, by the name of the symbol.
    """
    random = generator(seed, "drawn symbols")
    return {name: [_drawn(strokes, random) for _ in range(drawings)] for name, strokes in SYMBOLS.items()}


def _drawn(strokes: list[Points], random: torch.Generator) -> Image.Image:
    def normal(*shape: int) -> NDArray[np.float64]:
        values: Tensor = torch.randn(*shape, generator=random, dtype=torch.float64)
        return values.numpy()

    side = SIDE * _FINER
    angle, slant = 0.1 * normal(2)
    turned = np.array([[math.cos(angle), -math.sin(angle) + slant], [math.sin(angle), math.cos(angle)]])
    size = 0.29 * side * np.exp(0.1 * normal(2).clip(-1.5, 1.5))
    middle = side * (0.5 + 0.03 * normal(2).clip(-1.5, 1.5))
    width = round(0.025 * side * float(np.exp(0.2 * normal(1)[0])))
    picture = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        shifted = _dense(np.array(stroke)) + 0.03 * normal(1, 2)
        wavered = shifted + _smooth(0.025 * normal(len(shifted), 2))
        places = [tuple(place) for place in wavered @ turned.T * size + middle]
        pen.line(places, fill=0, width=width, joint="curve")
        for x, y in (places[0], places[-1]):  # round ends
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=0)
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _dense(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points about 0.05 apart along a line through some, [n, 2]."""
    along = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    steps = np.linspace(0, along[-1], max(2, round(along[-1] / 0.05)))
    return np.stack([np.interp(steps, along, points[:, axis]) for axis in (0, 1)], 1)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over seven neighbours, times the root of 7 so that the size stays: a hand wavers slowly."""
    around = np.pad(values, ((3, 3), (0, 0)), mode="edge")
    means: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(around, 7, axis=0).mean(-1)
    return means * math.sqrt(7)
