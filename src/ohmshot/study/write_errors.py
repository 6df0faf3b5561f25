"""Errors of programmed weights, measured on chips and handed to meta-training as a small error model."""

import dataclasses

import torch

from ohmshot.adapt.bake import Bake
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import derived_seed, generator
from ohmshot.host.measure.written_levels import write_levels
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.meta.hardware import WriteErrorModel

CHIPS = 8
"""16,384 cells, more than 1,500 a level: their spread is known to 2 %."""
SETTLE_S = 6.0
"""Wait of the learner after programming."""


def measured_write_errors(
    parameters: CellParameters,
    strategy: ProgrammingStrategy,
    full_scale: tuple[float, ...],
    seed: int,
    bake: Bake | None = None,
) -> WriteErrorModel:
    """Program all levels on chips and return levels and spreads of weights, as shares of full scale.

    A weight is the difference of a cell on a level and one at the reset state, so their variances add up.

    Args:
        parameters: cell parameters.
        strategy: the programming strategy.
        full_scale: weight of the widest conductance difference, one a layer.
        seed: seed of the chips.
        bake: bake before the cells are read, for a model of aged weights.
    """
    crossbar = SimulatedCrossbar(parameters, Circuit(), derived_seed(seed, "write errors"), range(CHIPS))
    found = write_errors_of(crossbar, strategy, full_scale, seed, bake)
    # The mean error of verified writes on chips around the datasheet is far smaller than their spread.
    return dataclasses.replace(found, shift=())


def write_errors_of(
    crossbar: SimulatedCrossbar,
    strategy: ProgrammingStrategy,
    full_scale: tuple[float, ...],
    seed: int,
    bake: Bake | None = None,
) -> WriteErrorModel:
    """Program all levels on fresh chips and return levels, spreads and mean errors of weights, as shares of full scale.

    Args:
        crossbar: fresh chips; their state is lost.
        strategy: the programming strategy.
        full_scale: weight of the widest conductance difference, one a layer.
        seed: seed of the pattern.
        bake: bake before the cells are read.
    """
    sheet = crossbar.datasheet
    states = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    random = generator(seed, "write errors", "targets")
    chosen = torch.randint(len(states), (crossbar.chips * sheet.cells,), generator=random)
    write_levels(crossbar, strategy, states, chosen)
    crossbar.wait(SETTLE_S)
    if bake is not None:
        bake.apply_to(crossbar)
    reached = crossbar.true_conductances().flatten()
    spreads = torch.stack([reached[chosen == state].std() for state in range(len(states))])
    means = torch.stack([reached[chosen == state].mean() for state in range(len(states))])
    window = float(states[-1] - states[0])
    of_weights = (spreads.square() + spreads[0].square()).sqrt() / window
    shift = ((means - means[0]) - (states - states[0])) / window
    levels = tuple(((states - states[0]) / window).tolist())
    return WriteErrorModel(full_scale, levels, tuple(of_weights.tolist()), tuple(shift.tolist()))
