"""What a chip tells, checked where it arrives: everything behind may rely on shapes, signs and ranges.

A chip may be broken, of another maker, or somebody's who means harm. Every number that comes from it passes here; a
value that no chip can have is one line that says so, and nothing is planned, budgeted or learned with it. The bounds
leave room far beyond any resistive memory, so only slips and lies are refused.
"""

import itertools
import math
import re
from collections.abc import Iterable

import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.protocol.descriptions import Capabilities
from ohmshot.wire.protocol.parameters import HIGHEST_TARGET_US, HIGHEST_VOLTAGE

MOST_LINES = 65536
"""Word or bit lines of a chip."""
MOST_CELLS = 2**26
"""Of a whole batch: what is asked of all of them still fits into memory."""
MOST_LEVELS = 1024
HIGHEST_PULSE_JOULES = 1e-3
"""J, of the worst pulse: a million times that of a 1T1R cell."""
HIGHEST_JOULES = 1e9
HIGHEST_SECONDS = 1e12
SHORTEST_MESSAGE = 1024
"""Bytes that a chip must take."""
_VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}")

Claim = tuple[bool, str]
"""Whether something holds, and what must hold."""


def require(name: str, what: str, claims: Iterable[Claim]) -> None:
    """Refuse what a chip says where a claim does not hold.

    Args:
        name: the chip's place.
        what: that is refused, for the message.
        claims: in order; the first that fails is told.

    Raises:
        ChipError: one does not hold.
    """
    for holds, must in claims:
        if not holds:
            raise ChipError(
                f"The {what} of the chip at {name} cannot be used: {must}. The chip or its server is broken."
            )


def check_capabilities(name: str, capabilities: Capabilities) -> None:
    """Refuse capabilities that no chip has.

    Raises:
        ChipError: they are.
    """
    simulator, chips = capabilities.simulator, capabilities.chips
    require(
        name,
        "capabilities",
        (
            (bool(_VERSION.fullmatch(capabilities.protocol)), "the protocol must be a version such as 1.2"),
            (1 <= chips <= MOST_LINES, f"chips must be 1 to {MOST_LINES}, not {chips}"),
            (
                SHORTEST_MESSAGE <= capabilities.longest_message < 2**31,
                f"longest_message must be {SHORTEST_MESSAGE} to 2^31 bytes, not {capabilities.longest_message}",
            ),
            (
                simulator is None or len(simulator.chips) == len(simulator.lives) == chips,
                "a simulator must name as many chips and lives as there are chips",
            ),
            (simulator is None or simulator.most_chips >= 1, "most_chips must be at least 1"),
        ),
    )


def check_datasheet(name: str, sheet: Datasheet, chips: int) -> None:
    """Refuse a datasheet that no chip has; units as in `ohmshot.chip.datasheet.Datasheet`.

    Raises:
        ChipError: it is one.
    """
    levels, worst = sheet.level_conductances, sheet.worst_energies
    gates, sets, resets = sheet.set_gate_voltages, sheet.set_conductances, sheet.reset_source_voltages
    energies = {} if worst is None else vars(worst)
    require(
        name,
        "datasheet",
        (
            (1 <= sheet.rows <= MOST_LINES, f"rows must be 1 to {MOST_LINES}, not {sheet.rows}"),
            (1 <= sheet.columns <= MOST_LINES, f"columns must be 1 to {MOST_LINES}, not {sheet.columns}"),
            (chips * sheet.rows * sheet.columns <= MOST_CELLS, f"all chips must have at most {MOST_CELLS} cells"),
            (
                sheet.arrays >= 1 and sheet.columns % sheet.arrays == 0,
                f"{sheet.columns} columns cannot be {sheet.arrays} arrays of equal width",
            ),
            (1 <= len(levels) <= MOST_LEVELS, f"there must be 1 to {MOST_LEVELS} levels, not {len(levels)}"),
            *(_within("level_conductances", each, 0, HIGHEST_TARGET_US, "uS") for each in levels),
            (all(low < high for low, high in itertools.pairwise(levels)), "level_conductances must rise"),
            _within("reset_conductance", sheet.reset_conductance, 0, HIGHEST_TARGET_US, "uS"),
            (sets[0] >= 0, f"set_conductances must be at least 0 uS, not {sets[0]:g}"),
            _within("set_conductances", sets[1], 0, HIGHEST_TARGET_US, "uS"),
            (gates[0] >= 0, f"set_gate_voltages must be at least 0 V, not {gates[0]:g}"),
            _within("set_gate_voltages", gates[1], 0, HIGHEST_VOLTAGE, "V"),
            (resets[0] >= 0, f"reset_source_voltages must be at least 0 V, not {resets[0]:g}"),
            _within("reset_source_voltages", resets[1], 0, HIGHEST_VOLTAGE, "V"),
            _within("read_voltage", sheet.read_voltage, 0, HIGHEST_VOLTAGE, "V"),
            (gates[0] < gates[1], "set_gate_voltages must rise"),
            (sets[0] < sets[1], "set_conductances must rise"),
            (resets[0] < resets[1], "reset_source_voltages must rise"),
            (sheet.reset_conductance < sets[1], "reset_conductance must lie below the highest SET"),
            *(
                (0 <= each <= HIGHEST_PULSE_JOULES, f"the worst energy of a {what} must be 0 to 1e-3 J, not {each:g}")
                for what, each in energies.items()
            ),
            (
                sheet.output_range_ua is None or 0 < sheet.output_range_ua < math.inf,
                f"output_range_ua must be above 0 and finite, not {sheet.output_range_ua}",
            ),
        ),
    )


def check_meter(name: str, reading: MeterReading, earlier: MeterReading | None) -> None:
    """Refuse a meter that no chip has, or that runs backwards: budgets are kept by it.

    Raises:
        ChipError: it is one.
    """
    claims = [
        _all_within("counts", reading.counts, 2.0**62, "operations"),
        _all_within("energies", reading.energy_joules, HIGHEST_JOULES, "J"),
        _all_within("busy times", reading.busy_seconds, HIGHEST_SECONDS, "s"),
    ]
    if earlier is not None and earlier.counts.shape == reading.counts.shape:
        back = bool((reading.counts < earlier.counts).any() or (reading.energy_joules < earlier.energy_joules).any())
        claims.append((not back, "it counts less than before"))
    require(name, "meter", claims)


def check_reads(name: str, conductances: Tensor) -> None:
    """Refuse conductances in uS that no cell has; noise may take them below 0.

    Raises:
        ChipError: there is one.
    """
    require(name, "reads", (_finite(conductances, 2 * HIGHEST_TARGET_US, "uS"),))


def check_currents(name: str, currents: Tensor, rows: int) -> None:
    """Refuse column currents in uA beyond what so many rows of cells can carry, twice over.

    Raises:
        ChipError: there is one.
    """
    require(name, "multiply", (_finite(currents, 2 * rows * HIGHEST_VOLTAGE * HIGHEST_TARGET_US, "uA"),))


def check_counters(name: str, what: str, values: Tensor) -> None:
    """Refuse wear counters or health codes below 0.

    Raises:
        ChipError: there is one.
    """
    require(name, what, ((not bool((values < 0).any()), "no value may lie below 0"),))


def check_some_of(name: str, what: str, addresses: Tensor, among: Tensor) -> None:
    """Refuse addresses that are not some of those that were asked about, int64 [n] both, rising.

    Raises:
        ChipError: they are not.
    """
    known = torch.isin(addresses, among)
    rising = bool((addresses[1:] > addresses[:-1]).all())
    require(
        name, what, ((bool(known.all()), "it names cells that were not asked about"), (rising, "its cells must rise"))
    )


def _within(name: str, value: float, low: float, high: float, unit: str) -> Claim:
    """Above low, at most high; what is no number is not."""
    return low < value <= high, f"{name} must lie above {low:g} and at most at {high:g} {unit}, not {value:g}"


def _all_within(name: str, values: Tensor, high: float, unit: str) -> Claim:
    """From 0 to high."""
    return bool(((values >= 0) & (values <= high)).all()), f"{name} must be 0 to {high:g} {unit}, and numbers"


def _finite(values: Tensor, most: float, unit: str) -> Claim:
    return bool((values.abs() <= most).all()), f"values must be numbers within plus and minus {most:g} {unit}"
