"""Running all checks."""

from collections.abc import Callable

import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.errors import SettingsError
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.links import Link
from ohmshot.wire.conformance.check import AcceptanceLimits, Check, ConformanceReport, Subject, checked
from ohmshot.wire.conformance.physics import PHYSICS_CHECKS
from ohmshot.wire.conformance.protocol import PROTOCOL_CHECKS
from ohmshot.wire.conformance.timing import TIMING_CHECKS

CHECKS: tuple[Check, ...] = (*PROTOCOL_CHECKS, *PHYSICS_CHECKS, *TIMING_CHECKS)
_ROWS, _COLUMNS = 8, 12  # of the cells that are written: enough for medians, few enough for a chip that is used


def run_conformance(
    chip: RemoteCrossbar,
    connect: Callable[[], Link],
    power_cycle: Callable[[], bool],
    limits: AcceptanceLimits,
) -> ConformanceReport:
    """Run all checks on a chip; the cells of a small grid lose what they hold.

    Args:
        chip: connected, with the writer's place.
        connect: opens a second connection.
        power_cycle: takes the power off and on; returns False where nobody can.
        limits: noise and times that pass.

    Raises:
        SettingsError: the array is too small to be checked.
    """
    subject = Subject(chip, connect, power_cycle, limits, spread_cells(chip.datasheet))
    results = tuple(checked(check, subject) for check in CHECKS)
    return ConformanceReport(chip=chip.identity, protocol=chip.capabilities.protocol, outcomes=results)


def spread_cells(sheet: Datasheet) -> Tensor:
    """Addresses of a grid of cells spread over the first array, rising, with free columns between.

    Raises:
        SettingsError: the array is too small.
    """
    if sheet.rows < _ROWS or sheet.columns < 2 * _COLUMNS:
        raise SettingsError(f"An array of {sheet.rows} x {sheet.columns} is too small for the conformance checks.")
    rows = torch.arange(_ROWS) * (sheet.rows // _ROWS)
    columns = torch.arange(_COLUMNS) * (sheet.columns // _COLUMNS)
    return (rows[:, None] * sheet.columns + columns[None, :]).flatten()
