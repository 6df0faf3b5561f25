import pytest
import torch

from ohmshot.wire.protocol.blocks import array_bytes, array_from_bytes


@pytest.mark.parametrize("order", ["NORMAL", "SWAPPED"])
@pytest.mark.parametrize("dtype", [torch.int8, torch.int32, torch.int64, torch.float32, torch.float64])
def test_arrays_come_back_bit_by_bit(dtype: torch.dtype, order: str) -> None:
    bits = torch.randint(0, 100, (8 * 6,), dtype=torch.uint8).view(dtype)
    content = array_bytes(bits, order)  # type: ignore[arg-type]
    assert torch.equal(array_from_bytes(content, dtype, order), bits)  # type: ignore[arg-type]
