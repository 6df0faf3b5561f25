"""The UCI digits inside scikit-learn, brought to the ink convention of Omniglot.

1,797 handwritten digits of 8 x 8 pixels (Alpaydin and Kaynak, 1998, doi:10.24432/C50P49): another domain than the
one that a bundle is trained on, and real handwriting that needs no download.
"""

import numpy as np
import numpy.typing
import torch
from scipy import ndimage
from sklearn import datasets

from ohmshot.data.drawings import IMAGE_SIDE, Drawings

BOX = 20
"""Side in pixels of the square that a digit fills; Omniglot's background drawings fill about as much."""
_FINE = 4
"""Fine pixels a final pixel, for strokes finer than a pixel."""
_STROKE_RADIUS = 0.9
"""Half the stroke width in final pixels that Omniglot's pen has after reduction to 28 x 28."""


def load_digits() -> Drawings:
    """Return ten digits, the same number of each."""
    digits = datasets.load_digits()
    images, labels = np.asarray(digits.images), np.asarray(digits.target)
    fewest = int(np.bincount(labels).min())
    chosen = np.stack([images[labels == digit][:fewest] for digit in range(10)])
    drawn = np.stack([_redrawn(image) for image in chosen.reshape(-1, 8, 8)])
    return Drawings(
        name="digits",
        images=torch.from_numpy(drawn.reshape(10, fewest, IMAGE_SIDE, IMAGE_SIDE)),
        alphabet=torch.zeros(10, dtype=torch.int64),
        alphabet_names=("digits",),
        character_names=tuple(str(digit) for digit in range(10)),
        citation="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998, doi:10.24432/C50P49",
    )


def _redrawn(image: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.uint8]:
    """8 x 8 grey levels (0 to 16) to a 28 x 28 drawing with a thin pen."""
    fine = ndimage.zoom(image / 16, BOX * _FINE / 8, order=3, mode="constant", grid_mode=True)
    inside = ndimage.distance_transform_edt(fine > 0.4)
    # The ridge of the distance to the edge is the middle of the stroke.
    ridge = (inside > 0) & (inside >= ndimage.maximum_filter(inside, size=5) - 0.5)
    pen = ndimage.distance_transform_edt(~ridge) <= _STROKE_RADIUS * _FINE
    margin = (IMAGE_SIDE - BOX) * _FINE // 2
    page = np.pad(pen.astype(np.float64), margin)
    cells = page.reshape(IMAGE_SIDE, _FINE, IMAGE_SIDE, _FINE).mean((1, 3))
    return np.asarray((255 * cells).round(), dtype=np.uint8)
