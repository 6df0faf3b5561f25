"""Cells that do not follow: when they are looked for, how they are remembered, and how the host gets round them.

A test costs a cell four pulses, one SET/RESET cycle and what it holds, and a sound chip misses a few targets in every
write; so cells are tested only where a chip misses more than sound ones do, and then those alone that it missed. A chip
that is known to have faults is watched more closely: every cell that it misses is tested. What a test finds is kept in
the chip's health map and believed from then on: stuck cells get no more pulses, their partners make up for them, and
hidden units move to where the faults do the least harm. A test of all cells beforehand (`commission`) also finds what
verification cannot see, such as open lines whose cells shall be reset; it is for new chips, since it wears worn ones.
"""

import dataclasses

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, KeepsHealth, cell_addresses
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.host.care.faults import Faults, find_stuck
from ohmshot.host.care.remap import remap
from ohmshot.host.learner import Learner

SOUND, STUCK = 1, 2
"""Codes in the health map: tested and sound, tested and stuck or dead; 0 is untested."""
MISSED_AT_START = 10
"""Cells of a chip that the initialisation may miss before the chip is tested. Of 60 sound chips (leti_hfo2_130nm) none
missed more than 6 of 2,048 with any strategy."""
MISSED_IN_UPDATE = 24
"""The same for an update; iterative SET misses up to 17 on sound chips."""
MOST_STUCK = 0.5
"""Share of a chip's cells; beyond it no weight can be trusted to have a partner."""


def commission(learner: Learner) -> None:
    """Form all cells and test those that the health map does not know: what a new chip should be put to.

    Raises:
        SettingsError: the chips keep no health map.
        LimitError: a test could exceed a limit; no pulse was given.
    """
    crossbar = learner.crossbar
    if not isinstance(crossbar, KeepsHealth):
        raise SettingsError("This chip keeps no health map. Leave the test out; what is missed is found all the same.")
    cells = cell_addresses(crossbar.health() == 0)
    if len(cells):
        learner.allow(cells)
        crossbar.form(torch.arange(crossbar.chips * crossbar.datasheet.cells))
        _keep(crossbar, cells, find_stuck(crossbar, cells))


def get_round_known(learner: Learner) -> None:
    """Believe the health map that is kept with the chips, before the initialisation is written.

    Raises:
        ChipError: a chip has too many faults to be of use.
    """
    faults = known_faults(learner.crossbar)
    if faults is not None:
        _require_usable(faults)
        remap(learner, faults)
        learner.faults = faults


def initialise(learner: Learner) -> Tensor:
    """Write the learned initialisation round the faults that are known, and round those that it brings to light.

    Returns:
        Addresses of the cells that missed their target.

    Raises:
        ChipError: a chip has too many faults to be of use.
    """
    get_round_known(learner)
    learner.initialise()
    suspects = _missing_many(learner, MISSED_AT_START)
    if bool(suspects.any()):
        cells = _missed_by(learner, suspects)
        learner.faults = _tested(learner, cells)
        remap(learner, dataclasses.replace(learner.faults, stuck=learner.faults.stuck & suspects[:, None]))
        learner.rewrite(cells)
    return learner.missed


def heal(learner: Learner) -> None:
    """After an update: test the cells that it has missed, where they are suspect, and get round those that are stuck.

    Raises:
        ChipError: a chip has too many faults to be of use.
    """
    suspects = _missing_many(learner, MISSED_IN_UPDATE)
    if learner.faults is not None:
        suspects |= learner.faults.stuck.any(1)
    cells = _missed_by(learner, suspects)
    if len(cells):
        learner.faults = _tested(learner, cells)
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


def _missed_by(learner: Learner, suspects: Tensor) -> Tensor:
    """Cells that some chips, bool [chips], missed in the last write."""
    chip = torch.div(learner.missed, learner.crossbar.datasheet.cells, rounding_mode="floor")
    return learner.missed[suspects[chip]]


def _tested(learner: Learner, cells: Tensor) -> Faults:
    """Test some cells, keep what is found, and return all faults that are known now."""
    learner.allow(cells)
    found = find_stuck(learner.crossbar, cells)
    _keep(learner.crossbar, cells, found)
    known = _joined(learner.faults, found)
    _require_usable(known)
    return known


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
