"""The UCI digits inside scikit-learn, brought to the ink convention of Omniglot.

1,797 handwritten digits of 8 x 8 pixels (Alpaydin and Kaynak, 1998, doi:10.24432/C50P49): another domain than the
one that a bundle is trained on, and real handwriting that needs no download.
"""

import numpy as np
import numpy.typing
import torch
from scipy import ndimage
from sklearn import datasets

from ohmshot.data.examples import IMAGE_SIDE, INK_BOX, Examples

_FULL = 16
"""Grey level of an original pixel that the pen covered wholly: each counts the ink of 4 x 4 finer ones."""
_PAPER, _INK = 0.2, 0.9
"""Shares of full ink that become 0 and 255; chosen on the first 87 drawings of each digit (docs/data.md)."""


def load_digits() -> Examples:
    """Return ten digits with equally many drawings of each."""
    digits = datasets.load_digits()
    images, labels = np.asarray(digits.images), np.asarray(digits.target)
    fewest = int(np.bincount(labels).min())
    chosen = np.stack([images[labels == digit][:fewest] for digit in range(10)])
    return Examples(
        name="digits",
        values=torch.from_numpy(_enlarged(chosen)),
        group=torch.zeros(10, dtype=torch.int64),
        group_names=("digits",),
        class_names=tuple(str(digit) for digit in range(10)),
        citation="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998, doi:10.24432/C50P49",
        references=("alpaydin1998digits",),
    )


def _enlarged(images: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.uint8]:
    """[..., 8, 8] grey levels (0 to 16) to [..., 28, 28]: cubic splines into Omniglot's box, grey levels kept.

    Strokes that lie between the pixels of so coarse a picture are in its grey levels; thinning loses them.
    """
    zoom = (1.0,) * (images.ndim - 2) + (INK_BOX / images.shape[-2], INK_BOX / images.shape[-1])
    ink = ndimage.zoom(images / _FULL, zoom, order=3, mode="grid-constant", grid_mode=True)
    margin = (IMAGE_SIDE - INK_BOX) // 2
    page = np.pad(ink, [(0, 0)] * (images.ndim - 2) + [(margin, margin)] * 2)
    return np.asarray((255 * ((page - _PAPER) / (_INK - _PAPER)).clip(0, 1)).round(), dtype=np.uint8)
