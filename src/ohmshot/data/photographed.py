"""The drawing in a photograph of paper or a board: ink apart from shadows, lines, dust, the table and a rim.

Light times what the paper throws back is what a camera sees, so ink is looked for in ratios to the paper around it (an
optical density, as in Beer's law): a shadow, which darkens both alike, is gone. The paper around is a grey closing of
each colour (Serra, Image Analysis and Mathematical Morphology, 1982): what is darker than its surroundings and narrower
than a part of the page is filled. Lines that run across the page are found as long paths (Talbot and Appleton,
Efficient complete and incomplete path openings and closings, Image and Vision Computing 25 (2007) 416). Every share and
threshold below was chosen on the development set of `benchmarks/photos.py`.
"""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Grey = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

PAGE, PART = 512, 400
"""Longer side in pixels of the page that is searched, and of the part of it that is looked at again."""
WIDEST = 12
"""A stroke is narrower than the page by this factor."""
FAINTEST = 0.1
"""Optical density (natural logarithm) of the faintest ink: 10 % darker than the paper, in the values of the file."""
OF_STRONGEST = 0.45
"""Ink is what has this share of the density of the strongest."""
ACROSS, LINE_WIDTH = 0.7, 5
"""A line of the paper runs over this share of the page and is no wider than so many pixels of it."""
SMALLEST, FARTHEST = 0.03, 0.4
"""A piece has this share of the largest piece's ink, and lies no more than this share of the drawing from the rest."""
_DARKEST = 10.0
"""Added to values of 0 to 255: no ratio of near black."""


def is_flat(grey: NDArray[np.float64]) -> bool:
    """Whether a picture, [rows, columns] of 0 to 255, lies on one even colour up to its border, as a program draws."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    usual = int(np.bincount(grey.astype(np.int64).ravel(), minlength=256).argmax())
    return all(float((np.abs(part - usual) <= 2).mean()) >= even for part, even in ((grey, 0.5), (border, 0.9)))


def photographed_ink(photo: Image.Image) -> Mask:
    """Mask of the drawing in a photo of any size, RGB: bool [rows, columns] of the part that holds it; may be empty."""
    page = _smoothed(photo, PAGE)
    dark, density = _ink_like(page)
    least = max(OF_STRONGEST * float(np.percentile(density, 99.9)), FAINTEST)
    found = _largest_group(_without_lines(density, least), density)
    if not found.any():
        return found
    # Again on the part that holds it, from all pixels of the photo: a small drawing is as sharp as a large one.
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    extent = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    room = 0.2 * extent + 4
    left, top = max(0, round(columns[0] - room)), max(0, round(rows[0] - room))
    right, bottom = round(columns[-1] + 1 + room), round(rows[-1] + 1 + room)
    box = left, top, min(found.shape[1], right), min(found.shape[0], bottom)
    across, down = photo.width / found.shape[1], photo.height / found.shape[0]
    part = _smoothed(
        photo.crop((round(across * box[0]), round(down * box[1]), round(across * box[2]), round(down * box[3]))), PART
    )
    finer = part.shape[0] / (box[3] - box[1])
    near = Image.fromarray(found).convert("L").crop(box).resize(part.shape[1::-1], Image.Resampling.BILINEAR)
    first = np.asarray(near) > 100
    density = _density(part, max(9, int(0.2 * extent * finer)), dark)
    strength = float(np.percentile(density[first], 80)) if first.any() else 0.0
    if strength < FAINTEST:
        return np.zeros_like(first)
    allowed = ndimage.binary_dilation(first, iterations=max(1, int(1.5 * finer)))
    return np.asarray((density > OF_STRONGEST * strength) & allowed)


def _smoothed(photo: Image.Image, side: int) -> Grey:
    """A photo no larger than a side, float [rows, columns, 3], without its finest noise."""
    small = photo.copy()
    small.thumbnail((side, side))
    return np.asarray(ndimage.gaussian_filter(np.asarray(small, dtype=np.float64), (1.0, 1.0, 0.0)))


def _density(page: Grey, widest: int, dark: bool) -> Grey:
    """Optical density of what is darker (or lighter) than the paper and narrower than so many pixels: 0 is paper."""
    fill = ndimage.grey_closing if dark else ndimage.grey_opening
    squares = np.zeros(page.shape[:2])
    for colour in np.moveaxis(page, -1, 0):
        # What touches the border goes on beyond it: a rim or a table is no stroke, however little of it is seen.
        paper = fill(np.pad(colour, widest, mode="edge"), size=(widest, widest))[widest:-widest, widest:-widest]
        squares += np.log((paper + _DARKEST) / (colour + _DARKEST)) ** 2
    return np.asarray(np.sqrt(squares / page.shape[-1]))


def _ink_like(page: Grey) -> tuple[bool, Grey]:
    """Whether ink is darker than the paper, and its density.

    Narrow things count that are also darker (lighter) than most of their surroundings: the gaps between strokes are
    narrow too, but they are paper.
    """
    grey = page.mean(2)
    away = np.log((grey + _DARKEST) / (_usual(grey, max(2, max(grey.shape) // 6)) + _DARKEST))
    widest = max(9, max(grey.shape) // WIDEST)
    densities = {dark: _density(page, widest, dark) for dark in (True, False)}
    score = {
        dark: float((np.minimum(densities[dark], np.maximum(-away if dark else away, 0.0)) ** 2).sum())
        for dark in densities
    }
    dark = score[True] >= score[False]
    return dark, densities[dark]


def _usual(grey: Grey, side: int) -> Grey:
    """Median of the surroundings: of blocks of about a side in pixels, smoothly from one to the next."""
    counts = [max(1, size // side) for size in grey.shape]
    rows, columns = (np.linspace(0, size, n + 1).astype(int) for size, n in zip(grey.shape, counts, strict=True))
    blocks = [[grey[a:b, c:d] for c, d in _pairs(columns)] for a, b in _pairs(rows)]
    medians = np.array([[float(np.median(block)) for block in row] for row in blocks])
    places = [
        np.interp(np.arange(size), (edges[:-1] + edges[1:]) / 2, np.arange(n))
        for size, edges, n in zip(grey.shape, (rows, columns), counts, strict=True)
    ]
    return np.asarray(ndimage.map_coordinates(medians, np.meshgrid(*places, indexing="ij"), order=1, mode="nearest"))


def _pairs(edges: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [(int(one), int(other)) for one, other in itertools.pairwise(edges)]


def _without_lines(density: Grey, least: float) -> Mask:
    """What is at least so dense, without the lines that run across the page."""
    faint = ndimage.binary_closing(density > 0.5 * least)
    across, down = _thin_lines(faint), _thin_lines(faint.T).T
    ink = (density > least) & ~across & ~down
    return np.asarray(ndimage.binary_closing(ink, np.ones((3, 3), bool)))  # strokes that a line crossed are whole again


def _thin_lines(mask: Mask) -> Mask:
    """Pixels of the thin paths that run over most of the columns of a mask."""
    thin = mask & ~ndimage.binary_opening(mask, np.ones((LINE_WIDTH + 1, 1), bool))
    steps = _steps(mask) + _steps(mask[:, ::-1])[:, ::-1] - 1
    return np.asarray(thin & (steps >= ACROSS * mask.shape[1]))


def _steps(mask: Mask) -> NDArray[np.int32]:
    """Columns of the longest path that comes from the left to each pixel, one row up or down a column at most."""
    lengths = np.zeros((mask.shape[1], mask.shape[0] + 2), dtype=np.int32)
    before = np.zeros(mask.shape[0] + 2, dtype=np.int32)
    for length, column in zip(lengths, mask.T, strict=True):
        longest = np.maximum(np.maximum(before[:-2], before[1:-1]), before[2:])
        length[1:-1] = np.where(column, longest + 1, 0)
        before = length
    return np.asarray(lengths[:, 1:-1].T)


def _largest_group(mask: Mask, density: Grey) -> Mask:
    """The piece with the most ink and the pieces about it, none at the border of the page if others are there."""
    pieces, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return mask
    numbers = np.arange(1, count + 1)
    ink = np.asarray(ndimage.sum(density, pieces, numbers))
    border = np.unique(np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]]))
    inside = ~np.isin(numbers, border)
    left = set((numbers[inside] if inside.any() else numbers).tolist())
    boxes = {
        number: np.array([part.start for part in place] + [-part.stop for part in place])
        for number, place in enumerate(ndimage.find_objects(pieces), 1)
    }
    largest = max(left, key=lambda number: ink[number - 1])
    left = {number for number in left if ink[number - 1] >= SMALLEST * ink[largest - 1]}
    group, box, near = {largest}, boxes[largest], {largest}
    while near:
        extent = int((-box[2:] - box[:2]).max())
        near = {n for n in left - group if _gap(boxes[n], box) <= FARTHEST * extent}
        group |= near
        box = np.min([box, *(boxes[n] for n in near)], axis=0)
    return np.asarray(np.isin(pieces, list(group)))


def _gap(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    """Distance between two boxes (first row, first column, minus the ends), along the axis where it is larger."""
    return int(max((one[:2] + other[2:]).max(), (other[:2] + one[2:]).max(), 0))
