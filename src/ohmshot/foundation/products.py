"""Matrix products that round alike in every batch."""

from torch import Tensor
from torch.nn.functional import pad

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
    return (left @ pad(right, (0, -columns % _STEP)))[..., :columns].contiguous()
