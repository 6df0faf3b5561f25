"""All levels written into whole chips, so that what becomes of each can be read."""

from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, every_cell
from ohmshot.host.strategies.strategy import ProgrammingStrategy


def write_levels(
    crossbar: Crossbar, strategy: ProgrammingStrategy, targets: Tensor, level: Tensor | None = None
) -> Tensor:
    """Form all cells and write one of the targets into each; what the cells held is lost.

    Args:
        crossbar: the chips.
        strategy: by which the cells are written.
        targets: conductances in uS, [levels].
        level: which of the targets each cell gets, int64 [chips * cells]; one after the other where not given.

    Returns:
        Which of the targets each cell was meant to get, int64 [chips * cells].
    """
    cells = every_cell(crossbar)
    level = cells % len(targets) if level is None else level
    crossbar.form(cells)
    strategy(crossbar, cells, targets[level])
    return level
