"""The loop that all programming strategies share: pulse, read, keep the cells that are not there yet.

A strategy is a `Step`: the pulses of one attempt for the cells that still miss their target. The loop does not know
what they are, and a step does not know how long it is repeated.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar


@dataclass(frozen=True)
class StrategySettings:
    """What all strategies can be told; each uses what concerns it.

    Attributes:
        tolerance: uS, a cell is accepted within plus and minus this of its target (assumed; sweep 1 to 5).
        reset_ceiling: uS, a reset cell is accepted below this (assumed).
        most_attempts: of one cell before it is left as it is (Bonnet et al. 2023: an upper limit, size assumed).
        ramp_step: V, growth of the RESET amplitude from pulse to pulse (assumed).
        ramp_headroom: uS, iterative RESET starts from a SET this far above its target (assumed).
        crossover: uS, hybrid: targets below are approached by RESET, others by SET (assumed; the two lowest SET
            levels relax worst, Esmanhotto et al. 2022).
    """

    tolerance: float = 2.5
    reset_ceiling: float = 10.0
    most_attempts: int = 60
    ramp_step: float = 0.04
    ramp_headroom: float = 40.0
    crossover: float = 66.0


@dataclass(frozen=True)
class Attempt:
    """The cells that a step works on; all tensors [n].

    Attributes:
        cells: addresses.
        targets: uS.
        measured: uS, the last read.
        amplitude: V, what a step remembers of its last RESET amplitude; 0 where there was none.
    """

    cells: Tensor
    targets: Tensor
    measured: Tensor
    amplitude: Tensor


class Step(Protocol):
    """One attempt; returns the amplitudes to remember, [n]."""

    def __call__(self, crossbar: Crossbar, attempt: Attempt, settings: StrategySettings) -> Tensor:
        """Apply pulses to the cells of the attempt."""


def write_verify(crossbar: Crossbar, cells: Tensor, targets: Tensor, step: Step, settings: StrategySettings) -> Tensor:
    """Repeat a step until every cell reads within its tolerance, or attempts run out.

    Args:
        crossbar: the chips.
        cells: addresses [n], sorted.
        targets: uS [n].
        step: the strategy's attempt.
        settings: tolerance and limits.

    Returns:
        Addresses of the cells that missed their target.
    """
    state = Attempt(cells, targets, crossbar.read(cells), torch.zeros_like(targets))
    for _ in range(settings.most_attempts):
        state = _still_off(crossbar, state, settings)
        if not state.cells.numel():
            break
        amplitude = step(crossbar, state, settings)
        state = Attempt(state.cells, state.targets, crossbar.read(state.cells), amplitude)
    return _still_off(crossbar, state, settings).cells


def is_reset_target(crossbar: Crossbar, targets: Tensor) -> Tensor:
    """Whether targets mean the reset state rather than a level."""
    return targets <= crossbar.datasheet.reset_conductance * (1 + 1e-6)


def _still_off(crossbar: Crossbar, state: Attempt, settings: StrategySettings) -> Attempt:
    at_level = (state.measured - state.targets).abs() <= settings.tolerance
    at_reset = is_reset_target(crossbar, state.targets) & (state.measured <= settings.reset_ceiling)
    off = ~(at_level | at_reset)
    return Attempt(state.cells[off], state.targets[off], state.measured[off], state.amplitude[off])
