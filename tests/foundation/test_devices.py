import contextlib

import pytest
import torch

from ohmshot.foundation.devices import array_of, chosen_device, computing_on, tensor_on, to_default_device
from ohmshot.foundation.errors import SettingsError


def test_a_device_that_is_not_there_is_refused() -> None:
    assert chosen_device("cpu") == torch.device("cpu")
    assert chosen_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(SettingsError, match="cpu, cuda, auto"):
        chosen_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(SettingsError, match="no CUDA device"):
            chosen_device("cuda")


def test_the_processor_needs_no_context_that_sees_every_operation() -> None:
    assert isinstance(computing_on("cpu"), contextlib.nullcontext)


def test_tensors_follow_the_device_of_the_block() -> None:
    with computing_on("meta"):
        assert to_default_device(torch.zeros(2, device="cpu")).device.type == "meta"
    assert to_default_device(torch.zeros(2)).device.type == "cpu"


def test_tensors_and_arrays_of_the_processor_share_their_memory_where_they_can() -> None:
    numbers = torch.arange(6.0).view(2, 3)
    array_of(numbers, torch.float32)[0, 0] = 7.0
    assert numbers[0, 0] == 7.0
    assert array_of(numbers.mT, torch.float32).flags.c_contiguous
    assert array_of(numbers.to(torch.bfloat16), torch.int64).tolist() == [[7, 1, 2], [3, 4, 5]]
    back = tensor_on(array_of(numbers, torch.float32), torch.device("cpu"))
    assert back.data_ptr() == numbers.data_ptr()
