"""Where chips come from: simulated in this process, or reached at an address (`ohmshot.adapt.address`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ohmshot.adapt.citations import parameter_citations
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import usable_cores
from ohmshot.host.guard import GuardedCrossbar

ADAPTATIONS_AT_ONCE = 250
"""Bounds the memory, about 0.1 GiB; results do not depend on it, since every adaptation draws from its own stream.

Larger batches are no faster on a processor: the memory of every batch is new to the system (docs/performance.md)."""
FEWEST_AT_ONCE = 16
"""A batch costs what some four adaptations cost (docs/performance.md), so fewer are not shared out to more threads."""


@dataclass(frozen=True)
class ChipSource:
    """A supply of chips, batch by batch.

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


def guarded(crossbar: ObservedCrossbar) -> ObservedCrossbar:
    """Chips whose broken pulse trains are given again, where trains can break off."""
    return GuardedCrossbar(crossbar) if crossbar.supervised else crossbar


def at_once(injection: Injection) -> int:
    """Most chips of one batch; where they heat up, one, since the chips of a batch share one temperature."""
    return 1 if injection.over_temperature else ADAPTATIONS_AT_ONCE


def simulated_source(
    parameters: ParameterSet, circuit: Circuit, seed: int, injection: Injection = NOTHING
) -> ChipSource:
    """Fresh chips, simulated in this process, with injected faults if any are asked for (the line has none here)."""

    def chips(numbers: Sequence[int], lives: Sequence[int]) -> ObservedCrossbar:
        return guarded(simulated_chips(parameters.values, circuit, seed, numbers, lives, injection))

    return ChipSource(
        parameters.information.name,
        at_once(injection),
        chips,
        parameter_citations(parameters),
        usable_cores(),
    )


def numbered_chips(
    parameters: CellParameters, circuit: Circuit, seed: int, chips: Sequence[int], numbers: range
) -> SimulatedCrossbar:
    """Fresh simulated chips for some adaptations of a run.

    Adaptation ``number`` is life ``number`` of chip ``number % len(chips)``, so that runs with equal seeds compare
    equal chips on equal tasks whatever else differs, and nothing depends on what else is in a batch.

    Args:
        parameters: parameters of the cell.
        circuit: around the array.
        seed: seed of the run.
        chips: numbers of the chips of the whole run.
        numbers: numbers of the adaptations.
    """
    return SimulatedCrossbar(
        parameters, circuit, seed, [chips[number % len(chips)] for number in numbers], list(numbers)
    )
