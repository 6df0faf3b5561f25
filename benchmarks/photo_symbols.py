"""Symbols that a person might teach a chip, as pen strokes in a unit box, and a hand that draws them."""

import math

import numpy as np

Stroke = list[tuple[float, float]]


def _arc(x: float, y: float, across: float, up: float, first: float, last: float, points: int = 24) -> Stroke:
    """An arc of an ellipse about (x, y); angles in turns, clockwise on a page from the right."""
    angles = [2 * math.pi * (first + (last - first) * i / (points - 1)) for i in range(points)]
    return [(x + across * math.cos(a), y + up * math.sin(a)) for a in angles]


def _spiral() -> Stroke:
    return [(0.5 + t / 100 * math.cos(t / 7), 0.5 + t / 100 * math.sin(t / 7)) for t in range(4, 50)]


def _star() -> Stroke:
    corners = [2 * math.pi * (0.75 + 0.4 * i) for i in range(6)]
    return [(0.5 + 0.5 * math.cos(a), 0.5 + 0.5 * math.sin(a)) for a in corners]


DEVELOPMENT: dict[str, list[Stroke]] = {
    "house": [[(0.1, 1), (0.1, 0.45), (0.5, 0), (0.9, 0.45), (0.9, 1), (0.1, 1)], [(0.4, 1), (0.4, 0.7), (0.6, 0.7)]],
    "fish": [_arc(0.4, 0.5, 0.4, 0.28, 0, 1), [(0.78, 0.5), (1, 0.25), (1, 0.75), (0.78, 0.5)]],
    "spiral": [_spiral()],
    "star": [_star()],
    "arrow": [[(0, 0.5), (1, 0.5)], [(0.65, 0.2), (1, 0.5), (0.65, 0.8)]],
    "tree": [[(0.5, 1), (0.5, 0.1)], [(0.1, 0.5), (0.5, 0.1), (0.9, 0.5)], [(0.2, 0.8), (0.5, 0.45), (0.8, 0.8)]],
    "key": [_arc(0.2, 0.5, 0.2, 0.2, 0, 1), [(0.4, 0.5), (1, 0.5), (1, 0.75)], [(0.78, 0.5), (0.78, 0.7)]],
    "umbrella": [_arc(0.5, 0.5, 0.5, 0.45, 0.5, 1), [(0, 0.5), (1, 0.5)], [(0.5, 0.5), (0.5, 0.9), (0.65, 1)]],
    "bee": [[(0, 0), (0, 1)], _arc(0, 0.27, 0.6, 0.27, -0.25, 0.25), _arc(0, 0.77, 0.8, 0.24, -0.25, 0.25)],
    "percent": [[(0.9, 0), (0.1, 1)], _arc(0.2, 0.2, 0.18, 0.18, 0, 1), _arc(0.8, 0.8, 0.18, 0.18, 0, 1)],
}
"""What the ways of `ohmshot.data` were chosen on."""

JUDGEMENT: dict[str, list[Stroke]] = {
    "anchor": [[(0.5, 0), (0.5, 1)], [(0.3, 0.25), (0.7, 0.25)], _arc(0.5, 0.6, 0.45, 0.4, 0, 0.5)],
    "cup": [[(0.05, 0.1), (0.15, 1), (0.65, 1), (0.75, 0.1), (0.05, 0.1)], _arc(0.72, 0.45, 0.25, 0.25, -0.2, 0.25)],
    "sun": [
        _arc(0.5, 0.5, 0.25, 0.25, 0, 1),
        *(
            [(0.5 + 0.34 * c, 0.5 + 0.34 * s), (0.5 + 0.5 * c, 0.5 + 0.5 * s)]
            for c, s in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ),
    ],
    "lightning": [[(0.6, 0), (0.15, 0.55), (0.55, 0.5), (0.3, 1)]],
    "kite": [[(0.5, 0), (0.85, 0.35), (0.5, 0.8), (0.15, 0.35), (0.5, 0)], [(0.5, 0.8), (0.4, 0.9), (0.6, 1)]],
    "hourglass": [[(0, 0), (1, 0), (0, 1), (1, 1), (0, 0)]],
    "boat": [[(0, 0.7), (0.2, 1), (0.8, 1), (1, 0.7), (0, 0.7)], [(0.5, 0.7), (0.5, 0), (0.85, 0.5), (0.5, 0.5)]],
    "question": [[*_arc(0.5, 0.25, 0.3, 0.25, -0.5, 0.25), (0.5, 0.75)], [(0.5, 0.95), (0.5, 1)]],
    "wave": [[(t / 40, 0.5 + 0.25 * math.sin(t / 40 * 12)) for t in range(41)]],
    "ladder": [[(0.2, 0), (0.2, 1)], [(0.8, 0), (0.8, 1)], *([(0.2, y), (0.8, y)] for y in (0.2, 0.5, 0.8))],
    "heart": [[(0.5, 1), (0, 0.35), (0.1, 0.05), (0.35, 0), (0.5, 0.25), (0.65, 0), (0.9, 0.05), (1, 0.35), (0.5, 1)]],
    "flag": [[(0.1, 1), (0.1, 0), (0.9, 0.1), (0.8, 0.3), (0.9, 0.55), (0.1, 0.5)]],
    "moon": [_arc(0.5, 0.5, 0.5, 0.5, 0.15, 0.85), _arc(0.7, 0.5, 0.32, 0.42, 0.22, 0.78)],
    "four": [[(0.65, 1), (0.65, 0), (0, 0.65), (1, 0.65)]],
    "glasses": [_arc(0.22, 0.5, 0.22, 0.25, 0, 1), _arc(0.78, 0.5, 0.22, 0.25, 0, 1), [(0.44, 0.45), (0.56, 0.45)]],
}
"""Judged by; nothing was chosen on them."""


def drawn_by_hand(strokes: list[Stroke], dice: np.random.Generator, side: float) -> list[np.ndarray]:
    """Points [n, 2] of every stroke, about the origin, as a hand draws them: slanted, turned, stretched, shaky."""
    turn, slant = dice.normal(0, 0.07), dice.normal(0, 0.08)
    cosine, sine = math.cos(turn), math.sin(turn)
    bent = np.array([[cosine, slant - sine], [sine, cosine]]) * np.exp(dice.normal(0, 0.07, (1, 2)))
    drawn = []
    for stroke in strokes:
        corners = np.array(stroke) - 0.5
        corners = (
            corners + dice.normal(0, 0.012 if len(stroke) > 9 else 0.028, corners.shape) + dice.normal(0, 0.012, 2)
        )
        along = np.linspace(0, len(corners) - 1, 8 * len(corners))
        fine = np.stack([np.interp(along, range(len(corners)), corners[:, axis]) for axis in (0, 1)], 1)
        drawn.append(side * fine @ bent.T)
    return drawn
