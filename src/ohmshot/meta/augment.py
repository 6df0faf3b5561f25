"""Augmentation of examples as another hand, pen, camera or sensor would change them; batched, on tensors."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

SCANNED_SHARE = 0.25
"""Share of the drawings that are also shown as a coarse scanner would."""
RASTERS = (10, 11, 12, 14, 17)
"""Pixels a page of a coarse scanner."""
DRAWS = 13
"""Random numbers that one drawing takes."""


def augmentation_draws(count: int, random: torch.Generator) -> Tensor:
    """Draw the changes of ``count`` examples, [DRAWS, count] in 0 to 1, on the CPU."""
    return torch.rand(DRAWS, count, generator=random)


def augmented(images: Tensor, draws: Tensor) -> Tensor:
    """Return the drawings as another hand, pen, camera or scanner would give them.

    Args:
        images: float32, [n, 1, side, side], ink 1.
        draws: [DRAWS, n] of `augmentation_draws`, on the same device.

    Returns:
        [n, 1, side, side]; every drawing is changed on its own.
    """
    changed = drawn_again(images, 2 * draws[:8] - 1)
    chosen = (draws[8] < SCANNED_SHARE).nonzero().squeeze(1)
    return changed.index_copy(0, chosen, scanned(changed[chosen], draws[9:, chosen])) if len(chosen) else changed


def drawn_again(images: Tensor, draws: Tensor) -> Tensor:
    """Return drawings, [n, 1, side, side], moved, turned, sheared, with another pen; draws [8, n] in -1 to 1."""
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


def scanned(images: Tensor, draws: Tensor) -> Tensor:
    """Show drawings as a coarse scanner would: a wider pen, 10 to 17 pixels a page, another contrast.

    Ranges: the digits of scikit-learn have gone through some 11 pixels a page (Alpaydin and Kaynak 1998: 8 x 8 counts
    of 4 x 4 pixels of a box that fills most of a page), with strokes of 2 to 3 of 28 pixels; Omniglot's pen has 1.8.

    Args:
        images: float32, [n, 1, side, side], ink 1.
        draws: [4, n] in 0 to 1.
    """
    side = images.shape[-1]
    pen, _, black, white = draws[:, :, None, None, None]
    wide = torch.lerp(images, functional.max_pool2d(images, 3, stride=1, padding=1), pen)
    seen = torch.zeros_like(wide)
    number = (draws[1] * len(RASTERS)).long()
    for i, raster in enumerate(RASTERS):
        chosen = number == i
        if not bool(chosen.any()):
            continue
        small = functional.interpolate(wide[chosen], size=(raster, raster), mode="area")
        seen[chosen] = functional.interpolate(small, size=(side, side), mode="bicubic", align_corners=False)
    seen = seen / seen.amax((1, 2, 3), keepdim=True).clamp(min=0.3)
    low, high = 0.2 * black, 0.7 + 0.3 * white
    shown: Tensor = (seen - low) / (high - low)
    return shown.clamp(0, 1)


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


def augmented_signals(signals: Tensor, draws: Tensor) -> Tensor:
    """Return the signals made a little sooner or later, faster or slower, unevenly, and stronger or weaker.

    Args:
        signals: float32, [n, channels, 1, length], standardised.
        draws: [DRAWS, n] of `augmentation_draws`, on the same device.

    Returns:
        [n, channels, 1, length]; every signal is changed on its own.
    """
    length = signals.shape[-1]
    draws = 2 * draws[:4] - 1
    later, slower, uneven, stronger = 0.08 * draws[0], 1 + 0.1 * draws[1], 0.05 * draws[2], 1 + 0.15 * draws[3]
    along = torch.linspace(-1, 1, length, device=signals.device)
    instants = along * slower[:, None] + later[:, None] + uneven[:, None] * torch.sin(torch.pi * along)
    grid = torch.stack([instants, torch.zeros_like(instants)], -1)[:, None]
    moved = functional.grid_sample(signals, grid, padding_mode="border", align_corners=True)
    return moved * stronger[:, None, None, None]


AUGMENTATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "drawing": augmented,
    "signal": augmented_signals,
    "emg": lambda numbers, draws: numbers,
    "motion": lambda numbers, draws: numbers,
    "speech": lambda numbers, draws: numbers,
    "features": lambda numbers, draws: numbers,
    "image": lambda images, draws: images,
}
"""By the kind of examples; numbers that preprocessing has made of an example stay as they are."""
