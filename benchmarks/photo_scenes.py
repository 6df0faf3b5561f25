"""Photographs of drawings on paper, made by a seed: light, shadows, lines, dust, colours, perspective, noise, JPEG."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from photo_symbols import Stroke, drawn_by_hand
from PIL import Image, ImageDraw
from scipy import ndimage

Array = NDArray[np.float64]
SIZES = ((768, 1024), (1024, 768), (1200, 900), (900, 900), (640, 480))
"""Width and height of the photos in pixels."""


@dataclass(frozen=True)
class Scene:
    """What is photographed, and how. Colours are shares of the light that is thrown back, red, green, blue.

    Attributes:
        paper: colour of the sheet.
        ink: colour of the pen on it.
        share: longer side of the drawing, as a share of the shorter side of the photo.
        pen: width of the pen as a share of the drawing.
        lines: "", "ruled", "squared" or "dotted".
        line_depth: how much of the light the lines take.
        margin: a red line beside the margin.
        specks: dust, crumbs and hairs on the sheet.
        fold: a fold across the sheet.
        tilt: how far the corners of the sheet move by perspective, as a share of the side.
        turn: of the sheet in the photo, radians.
        table: share of the photo beyond the edge of the sheet, at one or two sides.
        table_colour: what it shows there.
        shade: how uneven the light is, 0 to 1.
        shadows: number of shadows with an edge.
        shadow_depth: how much of the light they take.
        rim: width of a dark rim as a share of the side.
        grain: coarse grain of the surface, a blackboard's or recycled paper's.
        noise: of the sensor, at mid-grey.
        blur: of the lens, as a share of the side.
        quality: of the JPEG.
        orientation: EXIF orientation under which the pixels are stored, 1 upright.
    """

    paper: tuple[float, float, float] = (0.85, 0.85, 0.82)
    ink: tuple[float, float, float] = (0.12, 0.12, 0.15)
    share: float = 0.5
    pen: float = 0.035
    lines: str = ""
    line_depth: float = 0.25
    margin: bool = False
    specks: int = 0
    fold: bool = False
    tilt: float = 0.02
    turn: float = 0.0
    table: float = 0.0
    table_colour: tuple[float, float, float] = (0.3, 0.2, 0.13)
    shade: float = 0.3
    shadows: int = 0
    shadow_depth: float = 0.5
    rim: float = 0.0
    grain: float = 0.01
    noise: float = 0.015
    blur: float = 0.001
    quality: int = 80
    orientation: int = 1


PAPERS = ((0.85, 0.85, 0.82), (0.9, 0.9, 0.9), (0.8, 0.78, 0.7), (0.75, 0.66, 0.5))
PENS = ((0.08, 0.08, 0.09), (0.1, 0.12, 0.45), (0.4, 0.4, 0.41), (0.12, 0.12, 0.16))
COLOURED = (  # paper, ink
    ((0.95, 0.85, 0.35), (0.1, 0.15, 0.5)),
    ((0.65, 0.8, 0.9), (0.7, 0.12, 0.12)),
    ((0.9, 0.6, 0.65), (0.1, 0.3, 0.15)),
    ((0.6, 0.85, 0.55), (0.55, 0.1, 0.45)),
    ((0.88, 0.87, 0.84), (0.85, 0.25, 0.2)),
    ((0.88, 0.87, 0.84), (0.2, 0.55, 0.3)),
    ((0.92, 0.55, 0.25), (0.15, 0.15, 0.35)),
)
DARK = (  # surface, chalk or white pencil
    ((0.06, 0.1, 0.08), (0.75, 0.75, 0.7)),
    ((0.05, 0.05, 0.06), (0.8, 0.8, 0.75)),
    ((0.1, 0.12, 0.25), (0.85, 0.85, 0.8)),
    ((0.06, 0.1, 0.08), (0.8, 0.7, 0.3)),
)


def pick(dice: np.random.Generator, choices: Sequence[Any]) -> Any:
    """One of some choices."""
    return choices[int(dice.integers(len(choices)))]


def ordinary(dice: np.random.Generator) -> Scene:
    """A photo without a particular difficulty."""
    return Scene(
        paper=pick(dice, PAPERS),
        ink=pick(dice, PENS),
        share=dice.uniform(0.35, 0.75),
        pen=dice.uniform(0.016, 0.055),
        tilt=dice.uniform(0, 0.03),
        turn=dice.normal(0, 0.04),
        shade=dice.uniform(0.1, 0.45),
        noise=dice.uniform(0.01, 0.04),
        blur=dice.uniform(0.0006, 0.002),
        quality=int(dice.integers(35, 93)),
    )


def _lined(scene: Scene, dice: np.random.Generator, kind: str) -> Scene:
    return replace(scene, lines=kind, line_depth=dice.uniform(0.2, 0.55), margin=bool(dice.random() < 0.5))


def _shadowed(scene: Scene, dice: np.random.Generator) -> Scene:
    return replace(scene, shadows=int(dice.integers(1, 4)), shadow_depth=dice.uniform(0.4, 0.75), shade=0.5)


def _table(scene: Scene, dice: np.random.Generator) -> Scene:
    colours = ((0.3, 0.2, 0.13), (0.08, 0.07, 0.07), (0.5, 0.36, 0.22), (0.35, 0.37, 0.4), (0.12, 0.2, 0.3))
    share = dice.uniform(0.3, 0.5)
    return replace(scene, table=dice.uniform(0.06, 0.2), table_colour=pick(dice, colours), share=share)


def _mixed(scene: Scene, dice: np.random.Generator) -> Scene:
    """Three difficulties at once."""
    for number in dice.choice(len(PLAIN_KINDS), 3, replace=False):
        scene = PLAIN_KINDS[list(PLAIN_KINDS)[number]](scene, dice)
    return scene


def _coloured(scene: Scene, dice: np.random.Generator) -> Scene:
    paper, ink = pick(dice, COLOURED)
    return replace(scene, paper=paper, ink=ink)


def _chalk(scene: Scene, dice: np.random.Generator) -> Scene:
    paper, ink = pick(dice, DARK)
    return replace(scene, paper=paper, ink=ink, grain=0.08, shade=0.4, table=0.0)


PLAIN_KINDS: dict[str, Callable[[Scene, np.random.Generator], Scene]] = {
    "shadow": _shadowed,
    "ruled": lambda scene, dice: _lined(scene, dice, "ruled"),
    "squared": lambda scene, dice: _lined(scene, dice, "squared"),
    "dust": lambda scene, dice: replace(scene, specks=int(dice.integers(10, 50)), fold=True),
    "coloured": _coloured,
    "held": lambda scene, dice: replace(scene, orientation=int(pick(dice, (3, 6, 8)))),
    "tilted": lambda scene, dice: replace(scene, tilt=dice.uniform(0.06, 0.12), turn=dice.choice([-1, 1]) * 0.12),
    "table": _table,
    "small": lambda scene, dice: replace(scene, share=dice.uniform(0.12, 0.18), pen=dice.uniform(0.04, 0.07)),
    "rim": lambda scene, dice: replace(scene, rim=dice.uniform(0.008, 0.03)),
}
KINDS = PLAIN_KINDS | {"chalk": _chalk, "mixed": _mixed}
"""The difficulties, each by its name."""


def scene_of(kind: str, dice: np.random.Generator) -> Scene:
    """A scene of a kind of `KINDS`, or "ordinary"."""
    scene = ordinary(dice)
    return KINDS[kind](scene, dice) if kind in KINDS else scene


def coverage_of(strokes: list[Stroke], dice: np.random.Generator, scene: Scene, width: int, height: int) -> Array:
    """How far every point of the sheet is covered with ink, 0 to 1, [height, width]."""
    side = scene.share * min(width, height)
    room = (0.15 if scene.table else 0.45) - scene.share / (6 if scene.table else 2)
    middle = np.array([width, height]) / 2 + room * min(width, height) * dice.uniform(-0.6, 0.6, 2)
    sheet = Image.new("L", (2 * width, 2 * height), 0)
    pen = ImageDraw.Draw(sheet)
    across = max(3, round(2 * scene.pen * side))
    for points in drawn_by_hand(strokes, dice, side):
        path = [tuple(2 * (middle + point)) for point in points]
        pen.line(path, fill=255, width=across, joint="curve")
        for x, y in (path[0], path[-1]):
            pen.ellipse([x - across / 2, y - across / 2, x + across / 2, y + across / 2], fill=255)
    covered = np.asarray(sheet.resize((width, height), Image.Resampling.BOX), dtype=np.float64) / 255
    pressure = _cloud(dice, width, height, 12)
    return covered * np.clip(0.9 + 0.12 * pressure, 0.6, 1.0)


def _cloud(dice: np.random.Generator, width: int, height: int, cells: float) -> Array:
    """Smooth noise of unit spread with about so many hills across."""
    rough = dice.normal(0, 1, (int(cells * height / width) + 4, int(cells) + 4))
    rows, columns = np.linspace(1, rough.shape[0] - 2, height), np.linspace(1, rough.shape[1] - 2, width)
    return ndimage.zoom(rough, 1) if rough.shape == (height, width) else _sampled(rough, rows, columns)


def _sampled(rough: Array, rows: Array, columns: Array) -> Array:
    smooth = np.stack([np.interp(columns, range(rough.shape[1]), row) for row in rough])
    return np.stack([np.interp(rows, range(rough.shape[0]), column) for column in smooth.T], 1)


def _sheet(covered: Array, scene: Scene, dice: np.random.Generator) -> Array:
    """The sheet with everything on it, [height, width, 3]."""
    height, width = covered.shape
    sheet = np.ones((height, width, 1)) * scene.paper
    grain = ndimage.gaussian_filter(dice.normal(0, 1, (height, width)), 1.0)
    sheet = sheet * (1 + scene.grain * grain / grain.std())[..., None]
    lines = _lines(scene, dice, width, height)
    colour = np.array(pick(dice, ((0.35, 0.55, 0.9), (0.5, 0.5, 0.5), (0.55, 0.7, 0.85))))
    sheet = sheet * (1 - lines[..., None] * scene.line_depth * (1.6 - colour))
    if scene.margin:
        at = int(width * dice.uniform(0.06, 0.16))
        sheet[:, at : at + 2] = sheet[:, at : at + 2] * (0.9, 0.55, 0.55)
    if scene.fold:
        slope, at = dice.uniform(-0.05, 0.05), dice.uniform(0.2, 0.8) * height
        away = np.arange(height)[:, None] - at - slope * np.arange(width)[None]
        sheet = sheet * (1 - 0.12 * np.exp(-((away / 3) ** 2)) + 0.06 * np.tanh(away / 40))[..., None]
    sheet = sheet * (1 - covered[..., None]) + covered[..., None] * scene.ink
    return sheet * (1 - 0.7 * _specks(scene, dice, width, height)[..., None])


def _lines(scene: Scene, dice: np.random.Generator, width: int, height: int) -> Array:
    lines = np.zeros((height, width))
    if not scene.lines:
        return lines
    gap = dice.uniform(0.03, 0.055) * max(width, height) * (0.75 if scene.lines == "squared" else 1.0)
    thick = 1 if max(width, height) < 1000 else 2
    for at in np.arange(gap * 0.7, height, gap):
        lines[int(at) : int(at) + thick] = 1
    if scene.lines == "squared":
        for at in np.arange(gap * 0.4, width, gap):
            lines[:, int(at) : int(at) + thick] = 1
    return lines


def _specks(scene: Scene, dice: np.random.Generator, width: int, height: int) -> Array:
    sheet = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(sheet)
    for _ in range(scene.specks):
        x, y, size = dice.uniform(0, width), dice.uniform(0, height), dice.uniform(0.5, 2.5) * width / 900
        pen.ellipse([x - size, y - size, x + size, y + size], fill=int(dice.integers(60, 255)))
    for _ in range(scene.specks // 15):  # hairs
        x, y = dice.uniform(0, width), dice.uniform(0, height)
        path = [(x, y)]
        for _ in range(5):
            x, y = x + dice.normal(0, 0.012 * width), y + dice.normal(0, 0.012 * width)
            path.append((x, y))
        pen.line(path, fill=int(dice.integers(90, 200)), width=1)
    return np.asarray(sheet, dtype=np.float64) / 255


def _on_a_table(sheet: Array, scene: Scene, dice: np.random.Generator) -> Array:
    """The sheet in perspective, with the table where it ends."""
    height, width, _ = sheet.shape
    grain = (
        1
        + 0.12 * _cloud(dice, width, height, 6)
        + 0.08
        * _sampled(
            dice.normal(0, 1, (height // 4, 4)), np.linspace(0, height // 4 - 1, height), np.linspace(0, 3, width)
        )
    )
    table = grain[..., None] * scene.table_colour
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    middle = np.array([width, height]) / 2
    beyond = 0.0 if scene.table else 0.2  # without a table the sheet reaches beyond the photo
    moved = corners + dice.uniform(-1, 1, (4, 2)) * scene.tilt * (width, height)
    cosine, sine = np.cos(scene.turn), np.sin(scene.turn)
    moved = (moved - middle) @ np.array([[cosine, sine], [-sine, cosine]]) + middle
    if scene.table:
        sides = dice.permutation(4)[: int(dice.integers(1, 3))]
        directions = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])[sides].sum(0)
        grown = (moved - middle) * (1 + 1.2 * scene.table) + middle
        moved = grown + directions * scene.table * np.array([width, height]) * 0.9
    else:
        sheet = np.pad(sheet, [(int(beyond * height),) * 2, (int(beyond * width),) * 2, (0, 0)], mode="reflect")
        corners = corners + np.array([int(beyond * width), int(beyond * height)])
    back = _homography(moved, corners)
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([columns, rows, np.ones_like(rows)], -1).reshape(-1, 3) @ back.T
    x, y = (places[:, i].reshape(height, width) / places[:, 2].reshape(height, width) for i in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x <= sheet.shape[1] - 1) & (y <= sheet.shape[0] - 1)
    seen = np.stack([ndimage.map_coordinates(sheet[..., i], [y, x], order=1, mode="nearest") for i in range(3)], -1)
    edge = ndimage.gaussian_filter(inside.astype(np.float64), 0.8)[..., None]
    return edge * seen + (1 - edge) * table


def _homography(source: Array, target: Array) -> Array:
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.append(np.linalg.solve(np.array(rows), target.reshape(-1)), 1.0).reshape(3, 3)


def _light(scene: Scene, dice: np.random.Generator, width: int, height: int) -> Array:
    """Light that falls on every point, about 1, [height, width, 3]."""
    rows, columns = np.mgrid[:height, :width] / max(width, height)
    angle = dice.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * (columns - columns.mean()) + np.sin(angle) * (rows - rows.mean())
    light = 1 + scene.shade * slope * 1.4 + 0.1 * scene.shade * _cloud(dice, width, height, 2)
    light = light * (1 - 0.25 * scene.shade * 4 * ((columns - columns.mean()) ** 2 + (rows - rows.mean()) ** 2))
    for _ in range(scene.shadows):
        angle, soft = dice.uniform(0, 2 * np.pi), dice.uniform(0.003, 0.03)
        at = dice.uniform(-0.3, 0.3)
        away = np.cos(angle) * (columns - columns.mean()) + np.sin(angle) * (rows - rows.mean()) - at
        if dice.random() < 0.5:  # a hand or a phone: a round or a wavy edge
            away = away + 0.05 * np.sin(8 * (np.sin(angle) * columns - np.cos(angle) * rows) + dice.uniform(0, 6))
        else:
            away = np.hypot(columns - columns.mean() - at, rows - rows.mean() - dice.uniform(-0.3, 0.3))
            away = away - dice.uniform(0.15, 0.4)
        light = light * (1 - scene.shadow_depth / (1 + np.exp(away / soft)) * (1 if scene.shadows == 1 else 0.7))
    warm = dice.uniform(-0.12, 0.12)
    return np.clip(light, 0.08, 2.0)[..., None] * np.array([1 + warm, 1.0, 1 - warm])


def developed(covered: Array, dice: np.random.Generator, scene: Scene) -> bytes:
    """A JPEG file of a sheet that is covered with ink so far (0 to 1, [height, width])."""
    height, width = covered.shape
    seen = _on_a_table(_sheet(covered, scene, dice), scene, dice) * _light(scene, dice, width, height)
    if scene.rim:
        thick = max(2, int(scene.rim * max(width, height)))
        dark = np.zeros((height, width, 1))
        dark[:thick], dark[-thick:], dark[:, :thick], dark[:, -thick:] = 1, 1, 1, 1
        seen = seen * (1 - 0.85 * ndimage.gaussian_filter(dark, (1, 1, 0)))
    seen = ndimage.gaussian_filter(seen, (scene.blur * width, scene.blur * width, 0))
    seen = seen * dice.uniform(0.75, 1.1) / max(0.3, float(np.percentile(seen, 98)))
    noise = dice.normal(0, 1, seen.shape) * scene.noise * np.sqrt(np.clip(seen, 0.02, 1) / 0.5)
    grey = 255 * np.clip(seen + noise, 0, 1) ** (1 / 1.6)
    stored = _stored(grey.round().astype(np.uint8), scene.orientation)
    image, kept = Image.fromarray(stored), io.BytesIO()
    exif = image.getexif()
    exif[0x0112] = scene.orientation
    image.save(kept, "JPEG", quality=scene.quality, exif=exif)
    return kept.getvalue()


def _stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Pixels that a viewer turns upright by EXIF: 3 by half a turn, 6 by a quarter clockwise, 8 the other way."""
    return np.ascontiguousarray(np.rot90(upright, {1: 0, 3: 2, 6: 1, 8: 3}[orientation]))
