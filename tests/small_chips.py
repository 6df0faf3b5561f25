"""Everything that can happen to simulated chips, on two small ones: with laws compiled, plain, or on a GPU."""

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import PairBlocks
from ohmshot.chip.row_voltages import Units
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named

TECHNOLOGIES = ("leti_hfo2_130nm", "pessimistic", "cmo_hfox", "neurram_40us")
"""Sets that together have rows for every law: lines in log time, 1/f noise, laws that only some sets have."""
CIRCUIT = Circuit(rows=5, columns=8, side_by_side=2)


def used(chip: SimulatedCrossbar, strategies: Sequence[str]) -> list[torch.Tensor]:
    """Everything once: FORM, pulses, strategies, waits, wear, reads, multiplies; returns what was seen."""
    cells = torch.arange(chip.chips * CIRCUIT.rows * CIRCUIT.columns)
    chip.form(cells)
    chip.reset(cells[::5], torch.full(cells[::5].shape, 2.2))
    chip.set(cells[1::5], torch.full(cells[1::5].shape, 1.8))
    states = torch.tensor((chip.datasheet.reset_conductance, *chip.datasheet.level_conductances))
    missed = [
        strategy_named(name)(chip, cells, states[(cells + number) % len(states)])
        for number, name in enumerate(strategies)
    ]
    chip.wait(3600.0, 85.0)
    chip.wear_in(torch.full((chip.chips, CIRCUIT.rows * CIRCUIT.columns), 7.0))
    volts = torch.linspace(-0.2, 0.2, chip.chips * 3 * 5).reshape(chip.chips, 3, 5)
    blocks = PairBlocks(np.array([[0, 4, 1, 0, 0, 2], [1, 3, 0, 2, 1, 2]], np.int64))
    seen = [
        chip.multiply(volts, slice(1, 7), slice(0, 5)),
        chip.multiply_pairs(volts[..., :3], blocks, Units(0.1, 2.5)),
    ]
    return [*missed, chip.read(cells[::3]), *seen, chip.meter().energy_joules, *chip.snapshot().values()]


def digest(name: str, is_restless: bool, strategies: Sequence[str]) -> str:
    """Of everything that is seen of two chips of a technology; restless cells have traps and disturb one another."""
    cell = load_parameter_set(name).values
    if is_restless:
        cell = dataclasses.replace(cell, telegraph_share=0.2, set_disturb=1e-3, reset_disturb=1e-3)
    chip = SimulatedCrossbar(cell, CIRCUIT, 3, [5, 6], [1, 2])
    found = hashlib.sha256()
    for values in used(chip, strategies):
        found.update(values.contiguous().numpy().tobytes())
    return f"{name}{' restless' if is_restless else ''}: {found.hexdigest()}"


def few() -> list[str]:
    """Every kernel once, where a thread of Python stands for every thread of a GPU."""
    cases = ("leti_hfo2_130nm", False, ["hybrid"]), ("neurram_40us", True, ["single-shot-set"])
    return [digest(*case) for case in cases]


def all_of_them() -> list[str]:
    """All technologies, strategies and laws."""
    plain = [digest(name, False, list(STRATEGIES)) for name in TECHNOLOGIES]
    return plain + [digest(name, True, ["hybrid"]) for name in TECHNOLOGIES]
