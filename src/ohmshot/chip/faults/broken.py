"""Faults that a simulated chip has from the start: stuck cells, open lines, short-lived cells."""

import torch
from torch import Tensor

from ohmshot.cell.state import Health
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import generator


def break_chips(crossbar: SimulatedCrossbar, injection: Injection, seed: int, numbers: list[int]) -> None:
    """Break chips that have just been made; what breaks depends on the seed and on a chip's number alone.

    Args:
        crossbar: the chips.
        injection: what shall be broken.
        seed: seed of the run.
        numbers: chip numbers.
    """
    sheet, state = crossbar.datasheet, crossbar.state.clone()
    drawn = {number: _draws(seed, number, sheet) for number in sorted(set(numbers))}
    uniforms, row_order, column_order = (torch.stack([drawn[number][i] for number in numbers]) for i in range(3))
    stuck = uniforms[:, 0] < injection.stuck
    at = _stuck_at(uniforms[:, 1], sheet.reset_conductance, sheet.level_conductances[-1])
    # An open word line leaves its transistors off, an open bit line cuts its cells off: no current, no switching.
    dead_rows = (row_order < injection.dead_row).repeat_interleave(sheet.columns // sheet.arrays, 1)
    dead_columns = (column_order < injection.dead_column).repeat(1, sheet.rows)
    dead = dead_rows | dead_columns
    now = state.conductance.reshape(at.shape)
    conductance = torch.where(stuck, at.to(now.dtype), now).masked_fill(dead, 0)
    life = state.cycles_to_failure
    if injection.endurance is not None:
        life = life * (injection.endurance / crossbar.parameters.endurance_cycles)
    state.put(
        conductance=conductance.flatten(),
        health=state.health.masked_fill((stuck | dead).flatten(), int(Health.STUCK_LOW)),
        cycles_to_failure=life,
    )
    crossbar.put_cells(state)


def open_word_line(crossbar: SimulatedCrossbar, row: int) -> None:
    """Open one word line of chips in use, in every array: its cells carry no current and switch no more.

    Args:
        crossbar: the chips.
        row: number of the word line.
    """
    sheet, state = crossbar.datasheet, crossbar.state.clone()
    cut = torch.zeros(crossbar.chips, sheet.rows, sheet.columns, dtype=torch.bool)
    cut[:, row] = True
    state.put(
        conductance=state.conductance.masked_fill(cut.flatten(), 0),
        health=state.health.masked_fill(cut.flatten(), int(Health.STUCK_LOW)),
    )
    crossbar.put_cells(state)


def _stuck_at(uniforms: Tensor, low: float, high: float) -> Tensor:
    """A third of the cells at the highest level, a third at the reset state, a third anywhere between; uS."""
    between = low + (high - low) * (3 * uniforms - 2)
    return torch.where(uniforms < 1 / 3, high, torch.where(uniforms < 2 / 3, low, between))


def _draws(seed: int, number: int, sheet: Datasheet) -> tuple[Tensor, Tensor, Tensor]:
    """Uniform numbers [2, cells], and the orders in which the word lines of all arrays and the bit lines break."""
    random = generator(seed, "injected", "chip", number, "devices")
    uniforms = torch.rand(2, sheet.cells, generator=random)
    word_lines = torch.randperm(sheet.rows * sheet.arrays, generator=random)
    return uniforms, word_lines, torch.randperm(sheet.columns, generator=random)
