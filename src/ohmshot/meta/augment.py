"""Augmentation of drawings as another hand, pen or camera would change them; batched, on tensors."""

import torch
from torch import Tensor
from torch.nn import functional


def augmentation_draws(count: int, random: torch.Generator) -> Tensor:
    """Draw the changes of ``count`` drawings, [8, count] in -1 to 1, on the CPU."""
    return torch.rand(8, count, generator=random) * 2 - 1


def augmented(images: Tensor, draws: Tensor) -> Tensor:
    """Return the drawings moved, turned, sheared, with another pen and resolution.

    Args:
        images: float32, [n, 1, side, side], ink 1.
        draws: [8, n] of `augmentation_draws`, on the same device.

    Returns:
        The same shape; every drawing is changed on its own.
    """
    angle, stretch, aspect, shear = 0.2 * draws[0], 1 + 0.15 * draws[1], 1 + 0.1 * draws[2], 0.15 * draws[3]
    cosine, sine = torch.cos(angle) / stretch, torch.sin(angle) / stretch
    matrix = torch.stack(
        [
            torch.stack([cosine * aspect, -sine + shear, 0.12 * draws[4]], 1),
            torch.stack([sine, cosine / aspect, 0.12 * draws[5]], 1),
        ],
        1,
    )
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, align_corners=False)
    return _coarser(_other_pen(moved, draws[6]), draws[7])


def _other_pen(images: Tensor, draw: Tensor) -> Tensor:
    """Thicken (draw > 0) or thin (draw < 0) the strokes by up to half a pixel on each side."""
    wide = functional.max_pool2d(images, 3, stride=1, padding=1)
    thin = -functional.max_pool2d(-images, 2, stride=1, padding=1)[..., :-1, :-1]
    amount = draw[:, None, None, None]
    return torch.where(amount > 0, torch.lerp(images, wide, 0.7 * amount), torch.lerp(images, thin, -0.4 * amount))


def _coarser(images: Tensor, draw: Tensor) -> Tensor:
    """Show a quarter of the drawings as half the resolution would."""
    half = functional.interpolate(functional.avg_pool2d(images, 2), scale_factor=2, mode="bilinear")
    return torch.where((draw > 0.5)[:, None, None, None], (1.3 * half).clamp(max=1), images)
