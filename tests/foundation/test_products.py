import pytest
import torch

from ohmshot.foundation.products import product
from ohmshot.foundation.randomness import generator


@pytest.mark.parametrize(("inner", "columns"), [(8, 10), (25, 5), (20, 64), (39, 38), (3, 7)])
@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_is_the_same_bit_by_bit_in_any_batch(inner: int, columns: int, transposed: bool) -> None:
    random = generator(1, "matrices")
    left = torch.randn(12, 75, inner, generator=random)
    left = left.mT.contiguous().mT if transposed else left
    right = torch.randn(12, inner, 70, generator=random)[..., 3 : 3 + columns]
    together = product(left, right)
    torch.testing.assert_close(together, left @ right)
    for size in (1, 5, 6):
        parts = [product(left[i : i + size], right[i : i + size]) for i in range(0, 12, size)]
        assert torch.equal(torch.cat(parts), together)


def test_columns_of_zeros_beside_the_left_matrix_change_no_bit() -> None:
    random = generator(2, "matrices")
    left, right = torch.randn(5, 75, 8, generator=random), torch.randn(5, 32, 10, generator=random)
    wide = torch.zeros(5, 75, 32)
    wide[..., 20:28] = left
    assert torch.equal(product(wide, right), product(left, right[:, 20:28]))
