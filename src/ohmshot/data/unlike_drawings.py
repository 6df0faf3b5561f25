"""Pictures that came out unlike a line drawing: a shadow, a blot, scattered dust, almost nothing."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

# Chosen on 400 drawings of Omniglot's background alphabets and 300 of `ohmshot.data.invented`, as `load_picture` gives
# them: 3 of these have less ink than LEAST_INK, none has more than MOST_INK, 2 have such a blot, 2 more pieces.
LEAST_INK, MOST_INK = 11.0, 97.0
"""Pixels full of ink, of 28 x 28."""
BLOT = 6
"""Side in pixels of a square full of ink that no stroke of a pen makes."""
MOST_PIECES = 7


def unlike_drawings(pictures: Tensor) -> Tensor:
    """Which pictures, uint8 [n, 28, 28] as `load_picture` gives them, are unlike a line drawing: bool [n]."""
    return torch.tensor([_unlike(picture.numpy() / 255.0) for picture in pictures], dtype=torch.bool)


def _unlike(ink: NDArray[np.float64]) -> bool:
    if not LEAST_INK <= ink.sum() <= MOST_INK:
        return True
    blot = ndimage.minimum_filter(ink, size=BLOT, mode="constant").max() > 0.8
    return bool(blot) or ndimage.label(ink > 0.4, np.ones((3, 3), bool))[1] > MOST_PIECES


def told_unlike(names: list[str], pictures: Tensor, what: str) -> str | None:
    """One sentence on the pictures of a set ("the support set") that are unlike drawings; None where there are none."""
    found = unlike_drawings(pictures).nonzero().flatten().tolist()
    if not found:
        return None
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return (
        f"{len(found)} of {len(pictures)} pictures in {what} do not look like drawings (a shadow, a blot, or almost "
        f"empty): {names[found[0]]}{more}. `ohmshot look` shows what is seen of them."
    )
