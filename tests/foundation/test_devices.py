import contextlib

import pytest
import torch

from ohmshot.foundation.devices import chosen_device, computing_on, to_default_device
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
