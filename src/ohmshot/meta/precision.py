"""The precision that a training run computes in."""

import torch


def computes_in_half(precision: str, device: torch.device) -> bool:
    """True for bfloat16: where asked for, or on "auto" where the device has instructions for it."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # PyTorch has no public question for this.
    return bool(torch.cpu._is_avx512_bf16_supported()) or bool(torch.cpu._is_amx_tile_supported())
