"""Matrix products that round alike in every batch."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import law

_STEP = 4
"""Columns; 16 bytes of float32, the alignment of a vector register."""


def product(left: Tensor, right: Tensor) -> Tensor:
    """Multiply batches of matrices, [..., m, k] by [..., k, n], bit by bit the same in any batch.

    MKL takes another kernel for a matrix that does not begin on a vector, and so a task's product may end in another
    last bit when it sits elsewhere in the batch. Matrices that are padded to whole vectors all begin on one. Rows of
    zeros in ``right`` change nothing either.
    """
    columns = right.shape[-1]
    if columns % _STEP == 0:
        return left @ right
    return (left @ torch.constant_pad_nd(right, (0, -columns % _STEP)))[..., :columns].contiguous()


@law
def add_rows(weights: np.ndarray, rows: np.ndarray, sums: np.ndarray) -> None:
    """Add rows [n, columns], each times its weight [n], to sums [columns]; one after another, whatever the processor.

    Four rows at a time share what is loaded and stored of the sums.
    """
    many, columns = rows.shape
    whole = many // 4 * 4
    for i in range(0, whole, 4):
        a, b, c, d = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        for j in range(columns):
            sums[j] = sums[j] + a * rows[i, j] + b * rows[i + 1, j] + c * rows[i + 2, j] + d * rows[i + 3, j]
    for i in range(whole, many):
        for j in range(columns):
            sums[j] += weights[i] * rows[i, j]


@law
def turn(rows: np.ndarray, columns: np.ndarray) -> None:
    """Write a matrix [m, n] as one of [n, m]."""
    for n in range(rows.shape[1]):
        for m in range(rows.shape[0]):
            columns[n, m] = rows[m, n]
