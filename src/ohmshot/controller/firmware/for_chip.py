"""The controller in C for a bundle on a simulated technology, with what the package has at hand."""

from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.datasheet import simulated_datasheet
from ohmshot.controller.firmware.export import Firmware, firmware_for, labels_of
from ohmshot.data.source import training_examples
from ohmshot.host.array import circuit_for
from ohmshot.host.strategies.strategy import ProgrammingStrategy

RANGE_DRAWINGS = 500
"""Drawings whose activations set the ranges of the fixed convolutions in 8 bits."""


def exported_for(
    bundle: Bundle, parameters: CellParameters, strategy: ProgrammingStrategy, shots: int, with_fixed_layers: bool
) -> Firmware:
    """Work out the controller for a bundle on the chips of a technology; see `firmware_for`.

    Args:
        bundle: the learned initialisation, for the ways of the task.
        parameters: of the cells.
        strategy: hybrid or closed loop.
        shots: examples of each class.
        with_fixed_layers: whether the fixed convolutions go with it; ranges are then set by `range_drawings`.
    """
    sheet = simulated_datasheet(parameters, circuit_for(bundle))
    drawings = range_drawings() if with_fixed_layers else None
    return firmware_for(bundle, sheet, strategy, labels_of(bundle, shots), drawings)


def range_drawings() -> Tensor:
    """Invented characters to train on, spread over their alphabets: uint8 [drawings, side, side]."""
    values = training_examples("invented").values.flatten(0, 1)
    return values[:: len(values) // RANGE_DRAWINGS][:RANGE_DRAWINGS]
