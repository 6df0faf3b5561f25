"""What time, wear and faults do to a chip that has learned, and what the host can do about it."""

import copy
from typing import Any

import torch
from pydantic import Field

from ohmshot.adapt.adaptation import updates
from ohmshot.adapt.bake import Bake
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.equivalence import equivalent_seconds
from ohmshot.chip.faults.broken import open_word_line
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.foundation.records import Record
from ohmshot.foundation.units import HOUR_S
from ohmshot.host.care.care import REPAIR, check_all_cells
from ohmshot.host.care.repair import rewrite_worst
from ohmshot.workbench import picture
from ohmshot.workbench.answers import judged, shares_of
from ohmshot.workbench.bench import Taught
from ohmshot.workbench.distributions import level_distributions
from ohmshot.workbench.settings import simulated_part

MOST_HOURS, LOWEST_CELSIUS, HIGHEST_CELSIUS = 1e5, 25.0, 300.0
COOL = 75.0
"""Degrees Celsius at which the page gives the equivalent time, as the demonstration did (VLSI 2025)."""


class GivenBake(Record):
    """A bake as the page asks for it."""

    hours: float = Field(ge=0, le=MOST_HOURS)
    celsius: float = Field(ge=LOWEST_CELSIUS, le=HIGHEST_CELSIUS)


def equivalent_hours(bake: GivenBake, parameters: CellParameters) -> float:
    """Hours at 75 degrees Celsius for which the bake of cells of these parameters surely stands."""
    return equivalent_seconds(bake.hours * HOUR_S, bake.celsius, COOL, parameters) / HOUR_S


def simulated(taught: Taught, what: str) -> SimulatedCrossbar:
    """The chip, where it can be copied and changed.

    Raises:
        ChipError: it is behind a wire.
    """
    chip = simulated_part(taught.chip)
    if chip is None:
        raise ChipError(f"The chip is behind a wire: {what} takes a simulated one in this process.")
    return chip


def preview(taught: Taught, bake: GivenBake) -> dict[str, Any]:
    """What a bake would leave: done to a copy of the chip.

    Raises:
        ChipError: the chip is behind a wire.
    """
    chip, task = copy.deepcopy(simulated(taught, "a look ahead")), taught.task
    Bake(bake.hours, bake.celsius).apply_to(chip)
    conductance = chip.true_conductances()[0].flatten()
    return {
        "conductance": picture.packed(conductance, "f4"),
        "levels": level_distributions(taught.learner, conductance),
        "support": judged(shares_of(taught.learner, task.support_features, chip), task.labels),
        "query": judged(shares_of(taught.learner, task.query_features, chip), task.query_labels),
        "equivalent_hours": equivalent_hours(bake, chip.parameters),
    }


def baked(taught: Taught, bake: GivenBake) -> Taught:
    """Bake the chip itself; a chip behind a wire is asked to wait so long."""
    Bake(bake.hours, bake.celsius).apply_to(taught.chip)
    return taught.then(f"baked {bake.hours:g} h at {bake.celsius:g} °C")


def repaired(taught: Taught, share: float) -> Taught:
    """Read every cell and write anew the share that lies farthest from its target."""
    if not 0 < share <= 1:
        raise SettingsError("A repair writes a share of the cells anew, above 0 and at most 1.")
    before = int(taught.chip.meter().pulses[0])
    rewrite_worst(taught.learner, share)
    pulses = int(taught.chip.meter().pulses[0]) - before
    return taught.then(f"repaired: the worst {100 * share:g} % of the cells with {pulses:,} pulses")


def found_faults(taught: Taught) -> Taught:
    """Test every cell, work around what is stuck, and write the chip anew; the updates are then made again."""
    learner, task = taught.learner, taught.task
    check_all_cells(learner)
    learner.initialise()
    for _ in updates(learner, task.support_features, task.labels, REPAIR):
        pass
    faults = learner.faults
    stuck = 0 if faults is None else int(faults.stuck.sum())
    return taught.then(f"tested every cell: {stuck} stuck; learned around them")


def worn(taught: Taught, cycles: int) -> Taught:
    """Let every cell go through SET/RESET cycles at once."""
    if not 1 <= cycles <= 10**9:
        raise SettingsError("Wear is 1 to 1,000,000,000 SET/RESET cycles.")
    chip = simulated(taught, "wear in one go")
    chip.wear_in(torch.full((1, chip.datasheet.cells), cycles))
    return taught.then(f"worn by {cycles:,} cycles of every cell")


def with_open_row(taught: Taught, row: int) -> Taught:
    """Break a word line: its cells carry no current and do not switch."""
    chip = simulated(taught, "a broken row")
    sheet = chip.datasheet
    if not 0 <= row < sheet.rows:
        raise SettingsError(f"The array has rows 0 to {sheet.rows - 1}; there is no row {row}.")
    open_word_line(chip, row)
    return taught.then(f"row {row} broken")
