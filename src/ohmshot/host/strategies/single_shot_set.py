"""Single-shot SET: one RESET, one SET, no look back: simple, fast, inaccurate."""

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.strategies.history import History
from ohmshot.host.strategies.iterative_set import reset_then_set
from ohmshot.host.strategies.settings import StrategySettings
from ohmshot.host.strategies.write_verify import apply


def write_once(crossbar: Crossbar, cells: Tensor, targets: Tensor, settings: StrategySettings) -> Tensor:
    """Write without reading; no cell is reported as missed, since none is looked at."""
    unread = History.begun(cells, targets, torch.zeros_like(targets))
    apply(crossbar, cells, reset_then_set(crossbar.datasheet, unread, settings))
    return cells[:0]
