"""Cells of a technology that begin where measured ones began and wait as they did, by the simulated chip itself."""

import dataclasses

import numpy as np
import torch

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.characterisation.open_data.archive import Floats
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar


def simulated_look(parameters: CellParameters, start: Floats, celsius: float, seconds: float, seed: int = 0) -> Floats:
    """Conductances in uS [n] after a wait of cells that begin at conductances in uS [n]; half of them by RESET."""
    healthy = dataclasses.replace(parameters, form_voltage=99.0, stuck_low_share=0.0, stuck_high_share=0.0)
    chip, cells = SimulatedCrossbar(healthy, Circuit(rows=1, columns=len(start)), seed, [0]), torch.arange(len(start))
    chip.form(cells)
    by_reset = torch.arange(len(start)) % 2 == 0
    conductance = torch.from_numpy(np.array(start, np.float32))
    chip.put_cells(chip.state.changed(conductance=conductance, reached_by_reset=by_reset))
    chip.wait(seconds, celsius)
    return np.asarray(chip.true_conductances().reshape(-1).double().numpy())
