"""Care: the host's actions against a chip's faults, one set of rules for every place where a chip learns.

A test costs a cell four pulses, one SET/RESET cycle and what it holds, and a sound chip misses a few targets in every
write; so cells are tested only where a chip misses more than sound ones do, and then those alone that it missed. A chip
that is known to have faults is watched more closely: every cell that it misses is tested. What a test finds is kept in
the chip's health map and believed from then on: stuck cells get no more pulses, their partners make up for them, and
hidden units move to where the faults do the least harm. A test of all cells beforehand also finds what verification
cannot see, such as open lines whose cells shall be reset; it is for new chips, since it wears worn ones.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.addresses import edges_of
from ohmshot.chip.crossbar import ReadableCrossbar, cell_addresses, every_cell
from ohmshot.foundation.devices import array_of, tensor_on
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.host.care.faults import Faults
from ohmshot.host.care.remap import remap
from ohmshot.host.learner import Learner

SOUND, STUCK = 1, 2
"""Codes in the health map: tested and sound, tested and stuck or dead; 0 is untested."""
MISSED_AT_START = 10
"""Cells of a chip that the initialisation may miss before the chip is tested. Of 60 sound chips (leti_hfo2_130nm) none
missed more than 6 of 2,048 with any strategy."""
MISSED_IN_UPDATE = 24
"""Cells that an update may miss before the chip is tested; iterative SET misses up to 17 on sound chips."""
MOST_STUCK = 0.5
"""Share of a chip's cells; beyond it no weight can be trusted to have a partner."""


@dataclass(frozen=True)
class Care:
    """Actions of the host against faults, and their moments.

    Attributes:
        name: as the command line and results have it.
        before: done before the initialisation is written.
        after_write: done after the initialisation (number 0) and after each update (1, 2, ...).
        resumed: done before a write that a killed host had begun is brought to its end.
    """

    name: str
    before: Callable[[Learner], None]
    after_write: Callable[[Learner, int], None]
    resumed: Callable[[Learner], None]


def believe_health_map(learner: Learner) -> None:
    """Work around the stuck cells that the health map kept with the chips tells of.

    Raises:
        ChipError: a chip has too many faults to be of use.
    """
    faults = known_faults(learner.crossbar)
    if faults is not None:
        _require_usable(faults)
        work_around(learner, faults)


def remember(learner: Learner) -> None:
    """Avoid the stuck cells that the health map tells of; hidden units stay where they are."""
    learner.avoid(known_faults(learner.crossbar))


def check_new_cells(learner: Learner) -> None:
    """Form all cells, test those that the health map does not know, and work around what is stuck.

    Raises:
        LimitError: a test could exceed a limit; no pulse was given.
        ChipError: a chip has too many faults to be of use.
    """
    crossbar = learner.crossbar
    cells = cell_addresses(crossbar.health() == 0)
    if len(cells):
        everything = every_cell(crossbar)
        _keep(crossbar, cells, learner.writer.test(cells, forming=everything))
    believe_health_map(learner)


def check_all_cells(learner: Learner, spares: int = 0) -> None:
    """Form and test all cells and work around what is stuck, whatever the health map says.

    Args:
        learner: with a bundle that has so many spare hidden units (`ohmshot.host.care.remap.with_spare_units`).
        spares: how many of the hidden units, the last ones, carry nothing.
    """
    everything = every_cell(learner.crossbar)
    work_around(learner, learner.writer.test(everything, forming=everything), spares)


def work_around(learner: Learner, faults: Faults, spares: int = 0) -> None:
    """Move hidden units to where faults do the least harm, and let partners make up for stuck cells.

    Args:
        learner: whose initialisation has not been written yet.
        faults: stuck cells of its chips.
        spares: how many of the hidden units, the last ones, carry nothing.
    """
    remap(learner, faults, spares)
    learner.avoid(faults)


def repair_missed(learner: Learner, number: int) -> None:
    """Test the cells that a write has missed, where they are suspect, and work around those that are stuck.

    Args:
        learner: after a write.
        number: number of the write: 0 for the initialisation, after which hidden units may still move; k for update k.

    Raises:
        LimitError: a test or a rewrite could exceed a limit.
        ChipError: a chip has too many faults to be of use.
    """
    known, most = learner.faults, MISSED_IN_UPDATE if number else MISSED_AT_START
    if known is None and learner.missed.numel() <= most:  # on all chips together
        return
    missed, firsts = edges_of(learner.missed, learner.crossbar.chips, learner.crossbar.datasheet.cells)
    by_chip = np.diff(firsts)
    suspected = by_chip > most
    if number and known is not None:
        suspected |= known.stuck.any(1).cpu().numpy()
    missed = missed[np.repeat(suspected, by_chip)]
    if not len(missed):
        return
    cells, suspects = (tensor_on(each, learner.missed.device) for each in (missed, suspected))
    faults = _tested(learner, cells)
    if not number:
        remap(learner, dataclasses.replace(faults, stuck=faults.stuck & suspects[:, None]))
    learner.avoid(faults)
    learner.rewrite(cells)


def known_faults(crossbar: ReadableCrossbar) -> Faults | None:
    """Faults by the health map that is kept with the chips, each read once for where it is stuck; None for none."""
    health = crossbar.health().flatten(1)
    if STUCK not in array_of(health, torch.int8):
        return None
    stuck = health == STUCK
    conductance = torch.zeros(stuck.shape)
    conductance[stuck] = crossbar.read(cell_addresses(stuck)).to(conductance.dtype)
    return Faults(stuck, conductance)


def _nothing(learner: Learner, number: int = 0) -> None:
    """Leave the chip as it is."""


NO_CARE = Care("none", _nothing, _nothing, _nothing)
"""Take every chip for a sound one."""
REPAIR = Care("repair", believe_health_map, repair_missed, remember)
"""Believe the health map, test where a chip misses more than sound ones do, and work around what is stuck."""
TEST_FIRST = Care("test-first", check_new_cells, repair_missed, remember)
"""Test every new cell before, and go on as with `REPAIR`."""
CARES = {care.name: care for care in (NO_CARE, REPAIR, TEST_FIRST)}


def every_cell_tested(spares: int = 0) -> Care:
    """Test all cells before, whatever the health map says; spare hidden units go onto the worst lines."""
    return Care("test-all", partial(check_all_cells, spares=spares), _nothing, remember)


def care_of(given: str | Care) -> Care:
    """Return a care that is given itself, or by its name; see `care_named`."""
    return care_named(given) if isinstance(given, str) else given


def care_named(name: str) -> Care:
    """Return a care by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in CARES:
        raise SettingsError(f"There is no care '{name}'. Choose one of {', '.join(CARES)}.")
    return CARES[name]


def _tested(learner: Learner, cells: Tensor) -> Faults:
    """Test some cells, keep what is found, and return all faults that are known now."""
    found = learner.writer.test(cells)
    _keep(learner.crossbar, cells, found)
    faults = _joined(learner.faults, found)
    _require_usable(faults)
    return faults


def _keep(crossbar: ReadableCrossbar, cells: Tensor, found: Faults) -> None:
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
            f"{100 * float(share[worst]):.0f} % of the cells of chip {worst} of the batch are stuck; beyond "
            f"{100 * MOST_STUCK:.0f} % a chip cannot learn. Take another chip."
        )
