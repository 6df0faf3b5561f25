"""How far the cells of a chip spread about their levels, as a probability plot shows it."""

from typing import Any

import torch
from scipy.special import ndtri
from torch import Tensor

from ohmshot.host.learner import Learner
from ohmshot.workbench import picture


def level_distributions(learner: Learner, conductance: Tensor) -> list[dict[str, Any]]:
    """Distribution of each level over the cells that carry a weight, lowest level first; levels without a cell are left
    out.

    Cells written to any conductance are counted to the level nearest to their target, and drawn as far from it as they
    are from their target.

    Args:
        learner: the host that wrote them.
        conductance: uS [cells], of the same chip.

    Returns:
        For each level "target" in uS, "cells", and packed "conductance" in uS, rising, with the normal quantile
        "probit" of the share of cells at or below: normal levels are straight lines (Hazen's plotting positions).
    """
    head, targets = learner.array, learner.targets[0]
    used = torch.cat([cells.flatten() for cells in (*head.placement.plus, *head.placement.minus)])
    sheet, levels = head.sheet, head.mappings[-1].levels
    if levels is None:
        levels = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    level_of = (targets[used, None] - levels).abs().argmin(-1)
    shown = levels[level_of] + conductance[used] - targets[used]
    return [
        _distribution(float(level), shown[level_of == number].sort().values)
        for number, level in enumerate(levels)
        if bool((level_of == number).any())
    ]


def _distribution(level: float, rising: Tensor) -> dict[str, Any]:
    share = (torch.arange(len(rising), dtype=torch.float64) + 0.5) / len(rising)
    return {
        "target": level,
        "cells": len(rising),
        "conductance": picture.packed(rising, "f4"),
        "probit": picture.packed(torch.from_numpy(ndtri(share.numpy())), "f4"),
    }
