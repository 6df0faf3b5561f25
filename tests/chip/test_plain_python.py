"""Laws without the compiler: the same chip, bit by bit, so that a law can be stepped through where it runs."""

import os
import subprocess
import sys

PROGRAM = """
import dataclasses, hashlib
import torch
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named

for name in ("leti_hfo2_130nm", "pessimistic", "cmo_hfox"):
    parameters = dataclasses.replace(load_parameter_set(name).values, telegraph_share=0.2, set_disturb=1e-3)
    for cell in (load_parameter_set(name).values, parameters):
        chip = SimulatedCrossbar(cell, Circuit(rows=4, columns=8), 3, [5, 6], [1, 2])
        cells = torch.arange(64)
        chip.form(cells)
        states = torch.tensor((chip.datasheet.reset_conductance, *chip.datasheet.level_conductances))
        for number, strategy in enumerate(STRATEGIES if cell is not parameters else ["hybrid"]):
            strategy_named(strategy)(chip, cells, states[(cells + number) % len(states)])
        chip.wait(3600.0, 85.0)
        chip.wear_in(torch.full((2, 32), 7.0))
        seen = [chip.read(cells[::3]), chip.multiply(torch.full((2, 3, 2), 0.1), slice(1, 6), slice(1, 3))]
        digest = hashlib.sha256()
        for values in (*seen, *chip.snapshot().values()):
            digest.update(values.contiguous().numpy().tobytes())
        print(name, digest.hexdigest())
"""


def results(**environment: str) -> str:
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", PROGRAM]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=600, check=True
    )
    return done.stdout


def test_a_chip_is_the_same_with_and_without_the_compiler() -> None:
    plain = results(NUMBA_DISABLE_JIT="1")
    assert len(set(plain.split())) == 3 + 6
    assert results() == plain
