"""Invented alphabets: characters as random pen strokes, drawn anew each time as a person's hand would.

For the demo, for tests and for meta-training without any download. Not a model of handwriting: it gives classes that
differ in shape, with the variations of hand and pen.
"""

import functools
import math

import torch
from torch import Tensor

from ohmshot.data.examples import IMAGE_SIDE, Examples
from ohmshot.foundation.randomness import generator

STROKES = 4
CONTROL_POINTS = 4
POINTS = 24
"""Points that a stroke is drawn through."""


@functools.lru_cache(maxsize=4)  # a command asks for the same ones several times, and to draw them takes seconds
def invented_alphabets(seed: int, alphabets: int, characters_per_alphabet: int, drawings: int) -> Examples:
    """Return characters that nobody has written before.

    Args:
        seed: the same seed gives the same characters and drawings.
        alphabets: number of alphabets; the characters of one share slant and curviness.
        characters_per_alphabet: characters of each.
        drawings: number of drawings of each character.
    """
    random = generator(seed, "invented alphabets")
    characters = alphabets * characters_per_alphabet
    alphabet = torch.arange(alphabets).repeat_interleave(characters_per_alphabet)
    programs, present = _programs(alphabets, alphabet, random)
    images = torch.cat(
        [_drawn(programs[i : i + 50], present[i : i + 50], drawings, random) for i in range(0, characters, 50)]
    )
    return Examples(
        name="invented alphabets",
        values=images,
        group=alphabet,
        group_names=tuple(f"invented {i + 1}" for i in range(alphabets)),
        class_names=tuple(
            f"invented {i // characters_per_alphabet + 1}/character{i % characters_per_alphabet + 1:02d}"
            for i in range(characters)
        ),
        citation="drawn by ohmshot from random strokes",
    )


def _programs(alphabets: int, alphabet: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Control points [characters, strokes, control, 2] in a unit box, and which strokes there are."""
    characters = len(alphabet)
    ends = torch.rand(characters, STROKES, 2, 2, generator=random) * 1.6 - 0.8
    # A stroke often begins where another one is, as in writing.
    joined = torch.rand(characters, STROKES, generator=random) < 0.5
    joined[:, 0] = False
    for stroke in range(1, STROKES):
        ends[:, stroke, 0] = torch.where(joined[:, stroke, None], ends[:, stroke - 1, 1], ends[:, stroke, 0])
    curviness = (0.2 + 0.9 * torch.rand(alphabets, generator=random))[alphabet]
    along = torch.linspace(0, 1, CONTROL_POINTS)[None, None, :, None]
    straight = ends[:, :, :1] * (1 - along) + ends[:, :, 1:] * along
    bend = torch.randn(characters, STROKES, CONTROL_POINTS, 2, generator=random) * curviness[:, None, None, None] * 0.6
    bend[:, :, [0, -1]] = 0
    count = torch.randint(2, STROKES + 1, (characters,), generator=random)
    return (straight + bend).clamp(-1, 1), torch.arange(STROKES)[None] < count[:, None]


def _drawn(programs: Tensor, present: Tensor, drawings: int, random: torch.Generator) -> Tensor:
    """Draw characters: uint8 [characters, drawings, side, side]."""
    characters = programs.shape[0]

    def normal(*shape: int) -> Tensor:
        return torch.randn(characters, drawings, *shape, generator=random)

    hand = programs[:, None] + 0.06 * normal(STROKES, CONTROL_POINTS, 2)  # motor noise of every stroke
    path = _spline(hand)
    angle, slant = 0.1 * normal(), 0.12 * normal()
    size = 8.5 * torch.exp(0.1 * normal(2))
    cosine, sine = torch.cos(angle), torch.sin(angle)
    turn = torch.stack([torch.stack([cosine, -sine + slant], -1), torch.stack([sine, cosine], -1)], -2)
    path = torch.einsum("cdij,cdspj->cdspi", turn, path) * size[:, :, None, None]
    path = path + (IMAGE_SIDE - 1) / 2 + 0.8 * normal(1, 1, 2)
    path = torch.where(present[:, None, :, None, None], path, torch.full_like(path, -100.0)).flatten(2, 3)
    pen = (0.85 * torch.exp(0.12 * normal()))[:, :, None, None]
    pixels = torch.arange(IMAGE_SIDE).float()
    grid = torch.stack(torch.meshgrid(pixels, pixels, indexing="ij"), -1).flatten(0, 1)
    away = torch.cdist(grid.expand(characters * drawings, -1, -1), path.flatten(0, 1)).amin(-1)
    ink = (pen.flatten()[:, None] + 0.5 - away).clamp(0, 1)
    return (255 * ink).round().to(torch.uint8).view(characters, drawings, IMAGE_SIDE, IMAGE_SIDE)


def _spline(control: Tensor) -> Tensor:
    """Bezier curves: [..., control, 2] to [..., points, 2]."""
    t = torch.linspace(0, 1, POINTS)
    degree = CONTROL_POINTS - 1
    basis = torch.stack([math.comb(degree, i) * t**i * (1 - t) ** (degree - i) for i in range(CONTROL_POINTS)])
    return torch.einsum("kp,...ki->...pi", basis, control)
