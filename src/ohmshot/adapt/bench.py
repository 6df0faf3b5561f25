"""Where a study's chips come from: made in this process, or reached over a wire."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from ohmshot.adapt.citations import parameter_citations
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import Crossbar, is_supervised
from ohmshot.chip.faults.injected import InjectedCrossbar, simulated_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.foundation.chunks import usable_cores
from ohmshot.host.guard import GuardedCrossbar, ReportingCrossbar

ADAPTATIONS_AT_ONCE = 1000
"""Bounds the memory, about 0.4 GiB; results do not depend on it, since every adaptation draws from its own stream.

The last cells of a batch take as many rounds of pulses and reads as all the others, so large batches are fast."""


class ObservedCrossbar(Crossbar, Protocol):
    """Chips that can be pictured."""

    def true_conductances(self) -> Tensor:
        """Conductance of every cell in uS, [chips, rows, columns], as well as it can be known; for pictures."""


@dataclass(frozen=True)
class Bench:
    """A supply of chips.

    Attributes:
        parameters: name of the cells' parameter set, for the result.
        at_once: most chips of one batch.
        chips: gives a batch, ready for adaptation, for chip numbers and lives
            (`ohmshot.chip.simulated.SimulatedCrossbar`).
        citations: keys of the works that the cells' parameter set rests on.
        workers: how many batches may run side by side.
    """

    parameters: str
    at_once: int
    chips: Callable[[Sequence[int], Sequence[int]], ObservedCrossbar]
    citations: tuple[str, ...] = ()
    workers: int = 1


def guarded(crossbar: ReportingCrossbar) -> ObservedCrossbar:
    """Chips whose trains of pulses are seen through, where they can break off."""
    return GuardedCrossbar(crossbar) if is_supervised(crossbar) else crossbar


def at_once(injection: Injection) -> int:
    """Most chips of one batch; where they heat up, one, since the chips of a batch share one temperature."""
    return 1 if injection.over_temperature else ADAPTATIONS_AT_ONCE


def simulated_bench(parameters: ParameterSet, circuit: Circuit, seed: int, injection: Injection = NOTHING) -> Bench:
    """Fresh chips, simulated in this process, with injected faults if any are asked for (the line has none here)."""

    def chips(numbers: Sequence[int], lives: Sequence[int]) -> ObservedCrossbar:
        made = simulated_chips(parameters.values, circuit, seed, numbers, lives, injection)
        return GuardedCrossbar(made) if isinstance(made, InjectedCrossbar) else made

    return Bench(
        parameters.information.name,
        at_once(injection),
        chips,
        parameter_citations(parameters),
        usable_cores(),
    )
