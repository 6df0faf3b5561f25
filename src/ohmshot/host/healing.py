"""Cells that do not follow: when they are looked for, how they are remembered, and how the host gets round them.

A sound chip misses a few targets in every write, so a chip is tested only when it misses more than sound ones do: a
test costs four pulses a cell and what the cells hold. What it finds is kept in the chip's health map, and a chip that
has one is believed and not tested again. A test beforehand (`commission`) also finds what verification cannot, such as
open lines whose cells shall be reset. Stuck cells get no more pulses, their partners make up for them, and hidden
units move to where the faults do the least harm.
"""

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, KeepsHealth, cell_addresses
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.host.faults import Faults, find_stuck
from ohmshot.host.learner import Learner
from ohmshot.host.remap import remap

SOUND, STUCK = 1, 2
"""Codes in the health map: tested and sound, tested and stuck or dead; 0 is untested."""
MISSED_AT_START = 10
"""Cells of a chip that the initialisation may miss before the chip is tested. Of 60 sound chips (leti_hfo2_130nm) none
missed more than 6 of 2,048 with any strategy."""
MISSED_IN_UPDATE = 24
"""The same for an update; iterative SET misses up to 17 on sound chips."""
MOST_STUCK = 0.5
"""Share of a chip's cells; beyond it no weight can be trusted to have a partner."""


def commission(crossbar: Crossbar) -> None:
    """Form and test every chip without a health map, and keep what is found with it: what a new chip should be put to.

    Raises:
        SettingsError: the chips keep no health map.
    """
    if not isinstance(crossbar, KeepsHealth):
        raise SettingsError("This chip keeps no health map. Leave the test out; what is missed is found all the same.")
    new = (crossbar.health().flatten(1) == 0).all(1)
    if bool(new.any()):
        cells = cell_addresses(new[:, None].expand(-1, crossbar.datasheet.cells))
        crossbar.form(cells)
        _keep(crossbar, cells, find_stuck(crossbar, cells))


def initialise(learner: Learner) -> Tensor:
    """Write the learned initialisation round the faults that are known, and round those that it brings to light.

    Returns:
        Addresses of the cells that missed their target.

    Raises:
        ChipError: a chip has too many faults to be of use.
    """
    faults = known_faults(learner.crossbar)
    if faults is not None:
        _require_usable(faults)
        remap(learner, faults)
        learner.faults = faults
    learner.initialise()
    suspects = _missing_many(learner, MISSED_AT_START)
    if bool(suspects.any()):
        cells = learner.crossbar.datasheet.cells
        everything = cell_addresses(suspects[:, None].expand(-1, cells))
        learner.allow(everything)
        found = find_stuck(learner.crossbar, everything)
        _keep(learner.crossbar, everything, found)
        _require_usable(found)
        learner.faults = None
        remap(learner, found)
        learner.faults = _joined(faults, found)
        learner.rewrite(everything)
    return learner.missed


def heal(learner: Learner) -> None:
    """After an update: test the cells that it has missed, where they are many, and get round those that do not follow.

    Raises:
        ChipError: a chip has too many faults to be of use.
    """
    suspects = _missing_many(learner, MISSED_IN_UPDATE)
    if not bool(suspects.any()):
        return
    chip = torch.div(learner.missed, learner.crossbar.datasheet.cells, rounding_mode="floor")
    cells = learner.missed[suspects[chip]]
    learner.allow(cells)
    found = find_stuck(learner.crossbar, cells)
    _keep(learner.crossbar, cells, found)
    learner.faults = _joined(learner.faults, found)
    _require_usable(learner.faults)
    learner.rewrite(cells)


def known_faults(crossbar: Crossbar) -> Faults | None:
    """Faults by the health map that is kept with the chips, each read once for where it is stuck; None for none."""
    if not isinstance(crossbar, KeepsHealth):
        return None
    stuck = crossbar.health().flatten(1) == STUCK
    if not bool(stuck.any()):
        return None
    conductance = torch.zeros(stuck.shape)
    conductance[stuck] = crossbar.read(cell_addresses(stuck)).to(conductance.dtype)
    return Faults(stuck, conductance)


def _missing_many(learner: Learner, most: int) -> Tensor:
    """Chips that missed more cells in the last write than sound ones do, bool [chips]."""
    cells, chips = learner.crossbar.datasheet.cells, learner.crossbar.chips
    return torch.bincount(torch.div(learner.missed, cells, rounding_mode="floor"), minlength=chips) > most


def _keep(crossbar: Crossbar, cells: Tensor, found: Faults) -> None:
    if isinstance(crossbar, KeepsHealth):
        crossbar.keep_health(cells, torch.where(found.stuck.reshape(-1)[cells], STUCK, SOUND).to(torch.int8))


def _joined(known: Faults | None, found: Faults) -> Faults:
    if known is None:
        return found
    conductance = torch.where(found.stuck, found.conductance, known.conductance)
    return Faults(known.stuck | found.stuck, conductance)


def _require_usable(faults: Faults) -> None:
    share = faults.stuck.double().mean(1)
    worst = int(share.argmax())
    if float(share[worst]) > MOST_STUCK:
        raise ChipError(
            f"{100 * float(share[worst]):.0f} % of the cells of chip {worst} of the batch do not follow; beyond "
            f"{100 * MOST_STUCK:.0f} % a chip cannot learn. Take another chip."
        )
