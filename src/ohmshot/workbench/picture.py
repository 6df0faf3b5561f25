"""A chip as the page shows it: numbers of every cell, packed; rounds of pulses to be played back."""

import base64
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.meter import OPERATIONS, MeterReading
from ohmshot.chip.recorded import Round
from ohmshot.host.array import HeadOnArray
from ohmshot.host.learner import Learner


def packed(values: Tensor, kind: str) -> str:
    """Numbers as base64 of little-endian binary: "f4", "i4", "i2" or "u1"."""
    return base64.b64encode(values.detach().cpu().numpy().astype(f"<{kind}").tobytes()).decode()


def layout(head: HeadOnArray) -> dict[str, Any]:
    """What every cell of a chip is for: layer (0 for none), input, output, and which of its pair it is.

    The output counts the copies of a weight as outputs of their own, all of the first copy before those of the second.
    """
    sheet, placement = head.sheet, head.placement
    layer, place = torch.zeros(sheet.cells), torch.full((2, sheet.cells), -1)
    for number, (plus, minus) in enumerate(zip(placement.plus, placement.minus, strict=True)):
        inputs, outputs = torch.meshgrid(*(torch.arange(size) for size in plus.shape), indexing="ij")
        for cells in (plus, minus):
            layer[cells] = number + 1
            place[0, cells], place[1, cells] = inputs, outputs
    levels = head.mappings[-1].levels
    return {
        "rows": sheet.rows,
        "columns": sheet.columns,
        "arrays": sheet.arrays,
        "layer": packed(layer, "u1"),
        "input": packed(place[0], "i2"),
        "output": packed(place[1], "i2"),
        "outputs": [mapping.copies for mapping in head.mappings],
        "levels": None if levels is None else levels.tolist(),
        "window": [sheet.reset_conductance, sheet.level_conductances[-1]],
    }


def cells(learner: Learner, chip: ObservedCrossbar) -> dict[str, Any]:
    """Every cell now: conductance, target, wear, and whether it is known to be stuck."""
    faults = learner.faults
    stuck = torch.zeros(chip.datasheet.cells) if faults is None else faults.stuck[0]
    return {
        "conductance": packed(chip.true_conductances()[0].flatten(), "f4"),
        "target": packed(learner.targets[0], "f4"),
        "wear": packed(chip.wear()[0].flatten(), "i4"),
        "stuck": packed(stuck, "u1"),
    }


def costs(reading: MeterReading) -> dict[str, Any]:
    """Counts, energy and time of one chip, together and by operation."""
    return {
        "pulses": int(reading.pulses[0]),
        "reads": int(reading.of("read").count[0]),
        "joules": float(reading.joules[0]),
        "seconds": float(reading.seconds[0]),
        "by_operation": {name: float(reading.of(name).joules[0]) for name in OPERATIONS},
    }


def played(each: Round, before: float) -> dict[str, Any]:
    """One round of pulses: which cells got what, and what they read afterwards."""
    return {
        "formed": packed(each.formed, "i4"),
        "reset": packed(each.reset, "i4"),
        "source": packed(each.source_voltage, "f4"),
        "set": packed(each.set, "i4"),
        "gate": packed(each.gate_voltage, "f4"),
        "read": packed(each.read, "i4"),
        "measured": packed(each.measured, "f4"),
        "pulses": each.pulses,
        "joules": each.joules - before,
    }


def pulses_of_cells(rounds: tuple[Round, ...], count: int) -> Tensor:
    """SET and RESET pulses that every cell got, int64 [cells]."""
    total = torch.zeros(count, dtype=torch.int64)
    for each in rounds:
        for addresses in (each.reset, each.set):
            total += torch.bincount(addresses, minlength=count)
    return total


def train_of_cell(rounds: tuple[Round, ...], cell: int) -> list[dict[str, Any]]:
    """The pulse train of one cell: for each of its rounds the amplitudes in V, 0 for none, and what it read in uS."""
    train = []
    for each in rounds:
        at = {name: _position(getattr(each, name), cell) for name in ("formed", "reset", "set", "read")}
        if all(place is None for place in at.values()):
            continue
        train.append(
            {
                "formed": at["formed"] is not None,
                "source": 0.0 if at["reset"] is None else float(each.source_voltage[at["reset"]]),
                "gate": 0.0 if at["set"] is None else float(each.gate_voltage[at["set"]]),
                "measured": None if at["read"] is None else float(each.measured[at["read"]]),
            }
        )
    return train


def _position(addresses: Tensor, cell: int) -> int | None:
    places = np.flatnonzero(addresses.numpy() == cell)
    return int(places[0]) if len(places) else None
