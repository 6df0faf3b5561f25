"""The UCI digits inside scikit-learn, brought to the ink convention of Omniglot.

1,797 handwritten digits of 8 x 8 pixels (Alpaydin and Kaynak, 1998, doi:10.24432/C50P49): another domain than the
one that a bundle is trained on, and real handwriting that needs no download.
"""

import numpy as np
import numpy.typing
import torch
from scipy import ndimage
from sklearn import datasets

from ohmshot.data.drawings import IMAGE_SIDE, INK_BOX, Drawings

_FINE = 2
"""Fine pixels a final pixel, for strokes finer than a pixel."""
_STROKE_RADIUS = 0.9
"""Half the stroke width in final pixels that Omniglot's pen has after reduction to 28 x 28."""
_INK_FROM = 0.4
"""Share of full ink from which a fine pixel belongs to a stroke."""
_NEIGHBOURS = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""Shifts that bring the neighbours in place, clockwise from north."""

Grey = np.typing.NDArray[np.float64]
Lines = np.typing.NDArray[np.bool_]


def load_digits() -> Drawings:
    """Return ten digits, the same number of each."""
    digits = datasets.load_digits()
    images, labels = np.asarray(digits.images), np.asarray(digits.target)
    fewest = int(np.bincount(labels).min())
    chosen = np.stack([images[labels == digit][:fewest] for digit in range(10)])
    drawn = _redrawn(chosen.reshape(-1, 8, 8))
    return Drawings(
        name="digits",
        images=torch.from_numpy(drawn.reshape(10, fewest, IMAGE_SIDE, IMAGE_SIDE)),
        alphabet=torch.zeros(10, dtype=torch.int64),
        alphabet_names=("digits",),
        character_names=tuple(str(digit) for digit in range(10)),
        citation="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998, doi:10.24432/C50P49",
    )


def _redrawn(images: Grey) -> np.typing.NDArray[np.uint8]:
    """[n, 8, 8] grey levels (0 to 16) to [n, 28, 28] drawings with a thin pen."""
    zoom = INK_BOX * _FINE / 8
    fine = ndimage.zoom(images / 16, (1, zoom, zoom), order=3, mode="grid-constant", grid_mode=True)
    margin = (IMAGE_SIDE - INK_BOX) * _FINE // 2
    page = np.pad(fine > _INK_FROM, ((0, 0), (margin, margin), (margin, margin)))
    middle = _thinned(page)
    away = np.stack([ndimage.distance_transform_edt(~line) for line in middle])
    pen = np.clip(_STROKE_RADIUS * _FINE - away + 0.5, 0, 1)
    pixels = pen.reshape(-1, IMAGE_SIDE, _FINE, IMAGE_SIDE, _FINE).mean((2, 4))
    return np.asarray((255 * pixels).round(), dtype=np.uint8)


def _thinned(ink: Lines) -> Lines:
    """Thin strokes to lines of one pixel, [n, side, side], all pictures at once.

    Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", Commun. ACM 27 (1984) 236-239.
    """
    ink = ink.copy()
    while True:
        before = ink.sum()
        for north_west in (False, True):
            around = [np.roll(ink, shift, (1, 2)) for shift in _NEIGHBOURS]
            count = np.sum(around, axis=0, dtype=np.int8)
            rises = np.sum([~around[i] & around[(i + 1) % 8] for i in range(8)], axis=0, dtype=np.int8)
            north, east, south, west = around[0], around[2], around[4], around[6]
            kept = (
                (north & east & west) | (north & south & west)
                if north_west
                else (north & east & south) | (east & south & west)
            )
            ink &= ~((count >= 2) & (count <= 6) & (rises == 1) & ~kept)
        if ink.sum() == before:
            return ink
