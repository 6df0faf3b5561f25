"""Where a training run computes."""

import torch

from ohmshot.foundation.errors import SettingsError


def chosen_device(name: str, rank_on_machine: int = 0) -> torch.device:
    """Return the device called "cpu", "cuda" or "auto" (CUDA where there is one).

    Args:
        name: of the device.
        rank_on_machine: number of this process on its machine; processes take its GPUs in turn.

    Raises:
        SettingsError: no such device, or it is not there.
    """
    if name not in ("cpu", "cuda", "auto"):
        raise SettingsError(f"There is no device '{name}'. Choose one of cpu, cuda, auto.")
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("There is no CUDA device here. Use --device cpu, or install PyTorch with CUDA.")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", rank_on_machine % torch.cuda.device_count())


def computes_in_half(precision: str, device: torch.device) -> bool:
    """Whether to compute in bfloat16: if asked to, or on "auto" where the device has instructions for it."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # PyTorch has no public question for this.
    return bool(torch.cpu._is_avx512_bf16_supported()) or bool(torch.cpu._is_amx_tile_supported())
