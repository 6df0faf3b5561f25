"""The controller as C99 for a microcontroller: fixed sources, and one header with the constants of one configuration.

The sources (`ohmshot/controller/c/`) have neither memory of their own nor floating point; whoever calls them owns the
arrays, and a board's driver gives the pulses. Every result equals the model's bit for bit.
"""

import importlib.resources
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.datasheet import Datasheet
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.configuration import for_task
from ohmshot.controller.firmware.features import feature_defines, feature_tables
from ohmshot.controller.firmware.learning import LearningPart
from ohmshot.controller.firmware.writing import plan_tables
from ohmshot.controller.fixed_layers import FixedLayers, fixed_layers
from ohmshot.controller.write_plan import WritePlan, write_path
from ohmshot.foundation.files import write_bytes
from ohmshot.host.strategies.strategy import ProgrammingStrategy

HEADER = "ohmshot_controller.h"
SOURCES = ("ohmshot_controller.c", "ohmshot_write.c", "ohmshot_learner.c", "ohmshot_features.c")


@dataclass(frozen=True)
class Firmware:
    """A controller as it is exported.

    Attributes:
        learning: head, constants and placement.
        plan: of the write-verify engine.
        fixed: the fixed convolutions in integers; None to leave them out.
    """

    learning: LearningPart
    plan: WritePlan
    fixed: FixedLayers | None = None


def firmware_for(
    bundle: Bundle,
    sheet: Datasheet,
    strategy: ProgrammingStrategy,
    labels: Tensor,
    drawings: Tensor | None = None,
) -> Firmware:
    """Work out a controller for a bundle on a chip.

    Args:
        bundle: the learned initialisation, for the ways of the task.
        sheet: datasheet of the chip.
        strategy: hybrid or closed loop.
        labels: of the support set, int64 [examples].
        drawings: uint8 [n, side, side], whose activations set the ranges of the fixed convolutions; None to leave these
            out and take feature codes.

    Raises:
        SettingsError: the controller cannot serve the bundle, the chip or the strategy.
    """
    array = ControllerArithmetic().array(sheet, 1, bundle, "datasheet", "one-sided")
    constants = for_task(array.controller, labels)
    fixed = None if drawings is None else fixed_layers(bundle, array.controller, drawings)
    return Firmware(LearningPart(array, bundle, constants, len(labels)), write_path(strategy, sheet).plan, fixed)


def labels_of(bundle: Bundle, shots: int) -> Tensor:
    """Labels of a support set of so many examples of each class, int64 [examples]."""
    return torch.arange(bundle.header.network.ways).repeat_interleave(shots)


def export_c(folder: Path, firmware: Firmware) -> tuple[Path, ...]:
    """Write the header and the sources.

    Args:
        folder: to write into; made where it is missing.
        firmware: the controller.

    Returns:
        The header, then the sources.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / HEADER, header(firmware).encode("ascii"))
    package = importlib.resources.files("ohmshot.controller.c")
    for name in SOURCES:
        write_bytes(folder / name, (package / name).read_bytes())
    return tuple(folder / name for name in (HEADER, *SOURCES))


def header(firmware: Firmware) -> str:
    """Text of the header; see `export_c`."""
    learning, drawing = firmware.learning, firmware.learning.bundle.header.network.input
    template = (importlib.resources.files("ohmshot.controller.c") / f"{HEADER}.in").read_text("ascii")
    parts = {
        "@DEFINES@": learning.defines() + "\n" + feature_defines(firmware.fixed, drawing),
        "@GRADIENT@": learning.gradient_type(),
        "@TABLES@": "\n\n".join(
            [
                learning.sizes(),
                learning.tables(),
                learning.placement(),
                plan_tables(firmware.plan),
                feature_tables(firmware.fixed, drawing),
            ]
        ).rstrip(),
    }
    for mark, text in parts.items():
        template = template.replace(mark, text)
    return template
