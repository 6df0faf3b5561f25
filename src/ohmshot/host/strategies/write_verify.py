"""The loop that all programming strategies share: decide, pulse, wait, read, keep the cells that are not there yet.

A strategy is a `Policy`: it decides the next pulses from what the cells have answered. The loop does not know how it
decides, and a policy does not know how long it is asked.
"""

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.history import History, Policy, Pulses, is_reset_target
from ohmshot.host.strategies.settings import StrategySettings

__all__ = ["StrategySettings", "apply", "off_target", "write_verify"]


def write_verify(
    crossbar: Crossbar, cells: Tensor, targets: Tensor, policy: Policy, settings: StrategySettings
) -> Tensor:
    """Repeat a policy until every cell reads within its tolerance, or attempts run out.

    Args:
        crossbar: the chips.
        cells: addresses [n], sorted.
        targets: uS [n].
        policy: decides the pulses of an attempt.
        settings: tolerance and limits.

    Returns:
        Addresses of the cells that missed their target, sorted.
    """
    sheet = crossbar.datasheet
    history = _still_off(sheet, History.begun(cells, targets, crossbar.read(cells)), settings)
    given_up = [cells[:0]]
    for _ in range(settings.most_attempts):
        if not history.cells.numel() and not settings.verify_delay:
            break
        pulses = policy(sheet, history, settings)
        last_cycle = history.cycles >= settings.most_cycles
        if bool(last_cycle.any()):
            spent = last_cycle & history.begins_cycle(pulses)
            given_up.append(history.cells[spent])
            left = torch.nonzero(~spent).squeeze(1)
            history, pulses = history.at(left), pulses.at(left)
        apply(crossbar, history.cells, pulses)
        if settings.verify_delay:
            crossbar.wait(settings.verify_delay)
        history = history.after(pulses, crossbar.read(history.cells), sheet, settings)
        history = _still_off(sheet, history, settings)
    return torch.cat([*given_up, history.cells]).sort().values


def apply(crossbar: Crossbar, cells: Tensor, pulses: Pulses) -> None:
    """Give cells [n] their pulses: first the RESETs, then the SETs."""
    reset, set_ = torch.nonzero(pulses.source).squeeze(1), torch.nonzero(pulses.gate).squeeze(1)
    if reset.numel():
        crossbar.reset(cells.index_select(0, reset), pulses.source.index_select(0, reset))
    if set_.numel():
        crossbar.set(cells.index_select(0, set_), pulses.gate.index_select(0, set_))


def off_target(sheet: Datasheet, targets: Tensor, measured: Tensor, tolerance: float, ceiling: float) -> Tensor:
    """Positions of the cells that a read finds outside their window; all in uS, [n]."""
    at_level = (measured - targets).abs() <= tolerance
    at_reset = is_reset_target(sheet, targets) & (measured <= ceiling)
    return torch.nonzero(~(at_level | at_reset)).squeeze(1)


def _still_off(sheet: Datasheet, history: History, settings: StrategySettings) -> History:
    off = off_target(sheet, history.targets, history.measured, settings.tolerance, settings.reset_ceiling)
    return history if len(off) == len(history.cells) else history.at(off)
