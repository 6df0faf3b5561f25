"""The strategies as they are ranked: each makes the reset state as its paper does, the hybrid crosses where it should.

Bonnet et al. (Nat. Commun. 14 (2023) 7530) make the low conductance state by one RESET, whether the other states are
written by a single shot or iteratively. The summary of the VLSI 2025 work calls iterative RESET useful for low
conductance states, so it and the hybrid, which blends it in, verify the reset state; ours do too.
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.units import HOUR_S
from ohmshot.host.measure.crossover import MeasuredCrossover, crossover_by_datasheet, measured_crossover
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import Bound, ProgrammingStrategy, with_settings
from ohmshot.host.strategies.write_verify import give, is_reset_target

PUBLISHED = ("single-shot-set", "iterative-set", "iterative-reset", "hybrid")
MEASURED_HYBRID = "hybrid, measured crossover"
VERIFIED_SET = "iterative-set, verified reset state"
RANKED = (*PUBLISHED, VERIFIED_SET, MEASURED_HYBRID, "closed-loop")
"""The hybrid itself crosses at one quantum of conductance, which needs no measurement; iterative SET with a verified
reset state tells what of the hybrid's gain is its reset state's."""
CROSSOVER_CHIPS = 4
"""Chips kept for the measurement of the crossover: 1,024 cells a level."""


@dataclass(frozen=True)
class ResetOnce:
    """Cells that shall be reset get one full RESET and no look back; the others are written with verification.

    Attributes:
        write: writes the cells that shall have a level.
    """

    write: Settled
    needs_partners: ClassVar[bool] = False

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes."""
        return self.write.bound

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        rests = is_reset_target(crossbar.datasheet, targets)
        full = torch.full_like(targets[rests], crossbar.datasheet.reset_source_voltages[1])
        give(crossbar, cells[rests], full, torch.zeros_like(full))
        return self.write(crossbar, cells[~rests], targets[~rests])


def contenders(cell: CellParameters, seed: int) -> tuple[dict[str, ProgrammingStrategy], MeasuredCrossover]:
    """The ranked strategies by name, set up for a technology, and what the chips kept for the crossover have shown."""
    kept = range(CROSSOVER_CHIPS)
    chips = SimulatedCrossbar(cell, Circuit(), derived_seed(seed, "crossover"), kept)
    hybrid, iterative = strategy_named("hybrid"), strategy_named("iterative-set")
    found = measured_crossover(chips, hybrid, HOUR_S)
    assert isinstance(iterative.scheme, Settled)
    own = {
        "iterative-set": dataclasses.replace(iterative, scheme=ResetOnce(iterative.scheme)),
        "hybrid": with_settings(hybrid, {"crossover": crossover_by_datasheet(chips.datasheet)}),
        VERIFIED_SET: iterative,
        MEASURED_HYBRID: with_settings(hybrid, {"crossover": found.crossover}),
    }
    return {name: own.get(name) or strategy_named(name) for name in RANKED}, found
