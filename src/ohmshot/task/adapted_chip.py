"""An adapted chip as a file: what a host needs to answer with it, whether its cells are simulated or somewhere else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.familiarity import Familiar
from ohmshot.bundle.standard import TaskStandard
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import CellState
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import BundleError, ChipError
from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.foreign_files import bytes_of, json_of
from ohmshot.foundation.keys import SEALED, sealed, unsealed
from ohmshot.foundation.tensor_files import checked_tensor_bytes, require_checksum, tensors_of
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.task.own_task import OneChip

FORMAT = "ohmshot-adapted-chip"
FORMAT_VERSION = 4
"""4 has the mean features of the classes, by which what is foreign is told; 3 carries a checksum over every byte; 2,
without one, is still read, and so is 3."""
LAST_UNCHECKED = 2
LEAST_KEPT = 0.5
"""Share of the written weights' variance that a chip must still show to be taken for adapted (our choice): bakes leave
more than 0.9, another task in the same cells less than 0."""
_ORIGIN, _SIZE, _TARGETS = "standard.origin", "standard.size", "targets"
_MEANS, _SHOTS = "familiar.means", "familiar.shots"


@dataclass(frozen=True)
class AdaptedChip:
    """A chip that has learned a person's classes, ready to answer.

    Attributes:
        learner: the host with the chip.
        class_names: name of each answer.
        familiar: what tells foreign examples; None where the file has nothing of the kind.
    """

    learner: Learner
    class_names: tuple[str, ...]
    familiar: Familiar | None = None


def save_adapted_chip(
    path: Path,
    chip: OneChip,
    targets: Tensor,
    bundle: Bundle,
    standard: TaskStandard,
    class_names: tuple[str, ...],
    device_key: bytes | None = None,
    familiar: Familiar | None = None,
) -> None:
    """Write one chip and the task's standard; the file is whole or as it was before.

    Args:
        path: path of the file.
        chip: the chip; the cells of a simulated one are written.
        targets: uS [cells], what every cell was written to, which identifies a chip that keeps its cells itself.
        bundle: the bundle that it was adapted from.
        standard: standardisation of the task's features.
        class_names: name of each answer.
        device_key: key that encrypts the file (`ohmshot.foundation.keys`); it then shows nothing of a person's classes.
        familiar: what tells foreign examples; None for nothing of the kind.
    """
    header: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "bundle": bundle.digest,
        "class_names": class_names,
        **chip.place,
    }
    task = {_ORIGIN: standard.origin.reshape(-1), _SIZE: standard.size.reshape(-1)}
    if familiar is not None:
        task |= {_MEANS: familiar.means.contiguous(), _SHOTS: torch.tensor(familiar.shots)}
    cells = {_TARGETS: targets} if chip.simulated is None else chip.simulated.state.tensors()
    content = checked_tensor_bytes(cells | task, {"ohmshot": json.dumps(header)})
    write_bytes(path, sealed(content, device_key) if device_key is not None else content)


def load_adapted_chip(
    path: Path,
    bundle: Bundle,
    connect: Callable[[str], tuple[Crossbar, str]],
    device_key: bytes | None = None,
) -> AdaptedChip:
    """Read an adapted chip, and reach for it where its cells are elsewhere.

    Args:
        path: path of the file.
        bundle: the bundle that it was adapted from.
        connect: gives the chip at the address that the file names, and its identity.
        device_key: the key that the file was encrypted with.

    Raises:
        BundleError: missing, damaged, foreign, or adapted from another bundle.
        ChipError: another chip is at its place, or it no longer holds what was written.
        OhmshotError: encrypted with another key, or not encrypted.
    """
    header, tensors = adapted_chip_content(path, device_key)
    if header["bundle"] != bundle.digest:
        raise BundleError(f"{path} was adapted from another bundle. Give that one with --bundle, or adapt again.")
    familiar = _familiar(path, bundle, header, tensors)
    names = tuple(header["class_names"])
    if "address" in header:
        crossbar, identity = connect(header["address"])
        if identity != header["identity"]:
            raise ChipError(
                f"{path} is of the chip '{header['identity']}'; '{identity}' stands in its place. Put it back, or "
                "adapt this one with `ohmshot adapt`."
            )
    else:
        crossbar = _simulated(path, header, tensors)
    learner = Learner(crossbar, bundle.for_ways(len(names)), LearnerSettings())
    learner.standard = TaskStandard(tensors[_ORIGIN], tensors[_SIZE])
    if "address" in header:
        _require_written(path, learner, tensors[_TARGETS])
    return AdaptedChip(learner, names, familiar)


def classify(chip: AdaptedChip, images: Tensor) -> Tensor:
    """Probabilities of the classes for examples [n, *shape of one]: float32 [n, classes]."""
    features = chip.learner.bundle.features(images)[None]
    return torch.softmax(chip.learner.forward(features).logits[0], dim=-1)


def foreign(chip: AdaptedChip, images: Tensor) -> Tensor | None:
    """Whether examples [n, *shape of one] are of no class that was learned, bool [n]; None where nobody can tell.

    That is where no threshold has been chosen for the bundle (`ohmshot.bundle.familiarity`), or the file is of an
    earlier version.
    """
    if chip.familiar is None:
        return None
    bundle = chip.learner.bundle
    threshold = chip.familiar.threshold(bundle)
    return None if threshold is None else chip.familiar.score(bundle.features(images)) < threshold


def _familiar(path: Path, bundle: Bundle, header: dict[str, Any], tensors: dict[str, Tensor]) -> Familiar | None:
    """Take what tells foreign examples out of the tensors of a file."""
    means, shots = tensors.pop(_MEANS, None), tensors.pop(_SHOTS, None)
    if means is None or shots is None:
        return None
    if means.shape != (len(header["class_names"]), bundle.header.network.features) or shots.numel() != 1 or shots < 1:
        raise BundleError(f"{path} is damaged: means of its classes are wrong. Make it again with `ohmshot adapt`.")
    return Familiar(means, int(shots))


def adapted_chip_content(path: Path, device_key: bytes | None) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Header and tensors of an adapted chip's file, checked against its checksum.

    Raises:
        BundleError: missing, damaged or foreign.
        OhmshotError: encrypted with another key, or not encrypted.
    """
    if not path.is_file():
        raise BundleError(f"There is no adapted chip {path}. Make one with `ohmshot adapt`.")
    try:
        content = bytes_of(path)
        if device_key is None and content.startswith(SEALED):
            raise BundleError(f"{path} is encrypted. Give the key of its device with --decrypt-with.")
        content = content if device_key is None else unsealed(content, device_key)
        tensors, metadata = tensors_of(content)
        header = json_of(metadata.get("ohmshot", "{}"))
        if set(metadata) != {"ohmshot"} or header.get("format_version") != LAST_UNCHECKED:
            require_checksum(content)
    except (safetensors.SafetensorError, OSError, ValueError, AttributeError) as error:
        raise BundleError(f"{path} is damaged or no adapted chip. Make it again with `ohmshot adapt`.") from error
    if header.get("format") != FORMAT or header.get("format_version") not in range(LAST_UNCHECKED, FORMAT_VERSION + 1):
        raise BundleError(f"{path} is no adapted chip that this ohmshot reads. Make it again with `ohmshot adapt`.")
    return header, tensors


def _simulated(path: Path, header: dict[str, Any], tensors: dict[str, Tensor]) -> SimulatedCrossbar:
    parameters = load_parameter_set(header["parameters"]).values
    circuit = Circuit().arrays(int(header.get("arrays", 1)))  # files of earlier versions have one
    crossbar = SimulatedCrossbar(parameters, circuit, int(header["seed"]), [0], [1])
    fresh = crossbar.state.tensors()
    tensors = {"events": torch.zeros_like(fresh["events"]), **tensors}  # files of earlier versions lack them
    if set(tensors) != {*fresh, _ORIGIN, _SIZE} or any(tensors[name].shape != fresh[name].shape for name in fresh):
        raise BundleError(f"{path} is damaged: cells are missing. Make it again with `ohmshot adapt`.")
    crossbar.put_cells(CellState.of_tensors({name: tensors[name].to(fresh[name].dtype) for name in fresh}))
    return crossbar


def _require_written(path: Path, learner: Learner, targets: Tensor) -> None:
    """Read the weights of the last layer, in which the classes are, and compare them with what was written."""
    sheet, placement = learner.crossbar.datasheet, learner.array.placement
    plus, minus = placement.plus[-1], placement.minus[-1]
    if len(targets) != sheet.cells:
        raise ChipError(f"{path} is of a chip with {len(targets)} cells; the one at its place has {sheet.cells}.")
    cells = torch.cat([plus.flatten(), minus.flatten()]).sort().values
    found = torch.zeros_like(targets)
    found[cells] = learner.crossbar.read(cells)
    wanted, shown = targets[plus] - targets[minus], found[plus] - found[minus]
    kept = 1 - float((shown - wanted).square().sum() / wanted.square().sum())
    if kept < LEAST_KEPT:
        raise ChipError(
            f"The chip no longer holds the classes of {path}: another task was written to it, or it has aged too far. "
            "Adapt it again with `ohmshot adapt`."
        )
