"""A self-test of the C for a board: a recorded task, the test, and the board that QEMU has."""

import importlib.resources
from pathlib import Path

import torch

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.firmware.export import Firmware, labels_of
from ohmshot.controller.firmware.vectors import recorded, vectors
from ohmshot.controller.road import by_controller
from ohmshot.controller.write_plan import write_path
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.files import write_bytes
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.strategy import ProgrammingStrategy

VECTORS = "ohmshot_vectors.h"
FILES = ("ohmshot_selftest.h", "ohmshot_selftest.c", "mps2.c", "mps2.ld")
CHECKED_DRAWINGS = 2
"""Drawings whose feature codes the test compares."""


def export_self_test(
    folder: Path, firmware: Firmware, parameters: CellParameters, strategy: ProgrammingStrategy, seed: int = 0
) -> tuple[Path, ...]:
    """Record a task of invented characters on a simulated chip and write it with the self-test.

    Args:
        folder: beside the sources of `ohmshot.controller.firmware.export.export_c`.
        firmware: the controller.
        parameters: of the cells.
        strategy: the one that the firmware has the plan of.
        seed: of the chip.

    Returns:
        The files.

    Raises:
        SettingsError: a bundle that is not for drawings, or one for more classes than are invented.
    """
    bundle, shots = firmware.learning.bundle, firmware.learning.examples // firmware.learning.bundle.header.network.ways
    ways = bundle.header.network.ways
    values = evaluation_examples("invented").values
    if bundle.header.preprocessing.kind != "drawing" or ways > len(values):
        raise SettingsError(
            f"The self-test records a task of up to {len(values)} invented characters; {bundle.header.name} is for "
            f"{ways} classes of {bundle.header.preprocessing.examples}. Leave --self-test out."
        )

    def chip() -> SimulatedCrossbar:
        return SimulatedCrossbar(parameters, circuit_for(bundle), seed, [0])

    chosen = torch.arange(ways) * (len(values) // ways)  # from all over the alphabets
    drawings = values[chosen, :shots].flatten(0, 1)
    path = write_path(strategy, firmware.learning.array.sheet)
    settings = by_controller(LearnerSettings(strategy=strategy))
    recording = recorded(firmware, path, chip, settings, bundle.features(drawings), labels_of(bundle, shots))
    text = vectors(firmware, recording, drawings[:CHECKED_DRAWINGS])
    write_bytes(folder / VECTORS, text.encode("ascii"))
    package = importlib.resources.files("ohmshot.controller.c")
    for name in FILES:
        write_bytes(folder / name, (package / name).read_bytes())
    return tuple(folder / name for name in (VECTORS, *FILES))
