"""Where a chip was made, and what it shares with its neighbours there.

Chips are numbered die by die, wafer by wafer, lot by lot, so a chip's number says its lot, its wafer and its place.
Every cell's own offset is shifted by what its lot, its wafer, its die and the distance from the wafer's centre have in
common: Ji et al. (IMW 2015) tell HfOx variability apart in this way. The layout is assumed, and so are the sizes of the
shifts, rows of the parameter set that are 0 unless a study or a file sets them.
"""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.foundation.devices import to_default_device
from ohmshot.foundation.randomness import generator

WAFER_DIAMETER_MM = 200.0
"""Assumed: the usual size of 130 nm lines."""
EDGE_EXCLUSION_MM = 3.0
DIE_PITCH_MM = 10.0
"""Assumed, both ways; the 2-kbit array shares its die with other test structures."""
WAFERS_OF_A_LOT = 25


@functools.cache
def die_positions() -> Tensor:
    """Centres of the whole dies of a wafer, row by row, as shares of the usable radius: [dies, 2]."""
    radius = WAFER_DIAMETER_MM / 2 - EDGE_EXCLUSION_MM
    count = int(2 * radius // DIE_PITCH_MM)
    line = (torch.arange(count, dtype=torch.float64) - (count - 1) / 2) * DIE_PITCH_MM
    y, x = torch.meshgrid(line, line, indexing="ij")
    corner = (x.abs() + DIE_PITCH_MM / 2).hypot(y.abs() + DIE_PITCH_MM / 2)
    return (torch.stack([x, y], -1) / radius)[corner <= radius]


def dies_of_a_wafer() -> int:
    """Chips of one wafer."""
    return len(die_positions())


def wafer_of(number: int) -> int:
    """Wafer that a chip lies on."""
    return number // dies_of_a_wafer()


def lot_of(number: int) -> int:
    """Lot that a chip's wafer belongs to."""
    return wafer_of(number) // WAFERS_OF_A_LOT


def shared_offsets(parameters: CellParameters, seed: int, numbers: Sequence[int]) -> Tensor:
    """Offsets that all cells of a chip share, in standard deviations of the cells' own offsets.

    Args:
        parameters: rows ``lot_spread``, ``wafer_spread``, ``die_spread`` and ``wafer_edge_shift``.
        seed: seed of the run.
        numbers: chip numbers.

    Returns:
        [2, chips]: of SET and of RESET.
    """
    places = die_positions()[torch.tensor([number % dies_of_a_wafer() for number in numbers])]
    # Squared distance from the centre less its mean over the wafer: bowl-shaped, as films of one deposition are.
    bowl = places.square().sum(1) - die_positions().square().sum(1).mean()
    shifts = (parameters.wafer_edge_shift * bowl).float().expand(2, -1)
    levels = (
        ("lot", parameters.lot_spread, [lot_of(number) for number in numbers]),
        ("wafer", parameters.wafer_spread, [wafer_of(number) for number in numbers]),
        ("die", parameters.die_spread, list(numbers)),
    )
    for name, spread, members in levels:
        if spread > 0:
            drawn = {
                each: torch.randn(2, generator=generator(seed, name, each, "devices"), device="cpu")
                for each in set(members)
            }
            shifts = shifts + spread * to_default_device(torch.stack([drawn[each] for each in members], 1))
    return shifts


def has_levels(parameters: CellParameters) -> bool:
    """Whether cells of a chip share anything at all."""
    rows = (parameters.lot_spread, parameters.wafer_spread, parameters.die_spread, parameters.wafer_edge_shift)
    return any(row != 0 for row in rows)
