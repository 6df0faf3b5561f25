"""An adapted chip as a file: the non-volatile memory keeps what it has learned."""

import json
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.standard import TaskStandard
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import CellState
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.keys import SEALED, sealed, unsealed
from ohmshot.foundation.tensor_files import tensor_bytes, tensors_of
from ohmshot.host.learner import Learner, LearnerSettings

FORMAT = "ohmshot-adapted-chip"
FORMAT_VERSION = 2
_ORIGIN, _SIZE = "standard.origin", "standard.size"


@dataclass(frozen=True)
class AdaptedChip:
    """A chip that has learned a person's classes, ready to answer.

    Attributes:
        learner: the host with the chip.
        class_names: what the answers mean.
    """

    learner: Learner
    class_names: tuple[str, ...]


def save_adapted_chip(
    path: Path,
    crossbar: SimulatedCrossbar,
    bundle: Bundle,
    standard: TaskStandard,
    parameters: str,
    seed: int,
    class_names: tuple[str, ...],
    device_key: bytes | None = None,
) -> None:
    """Write the state of one chip and the task's standard; the file is whole or as it was before.

    With a device key (`ohmshot.foundation.keys`) the file is encrypted: it tells nothing of a person's classes.
    """
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "bundle": bundle.digest,
        "parameters": parameters,
        "seed": seed,
        "class_names": class_names,
    }
    task = {_ORIGIN: standard.origin.reshape(-1), _SIZE: standard.size.reshape(-1)}
    content = tensor_bytes(crossbar.state.tensors() | task, {"ohmshot": json.dumps(header)})
    write_bytes(path, sealed(content, device_key) if device_key is not None else content)


def load_adapted_chip(path: Path, bundle: Bundle, device_key: bytes | None = None) -> AdaptedChip:
    """Read an adapted chip.

    Raises:
        BundleError: missing, damaged, foreign, or adapted from another bundle.
        OhmshotError: encrypted with another key, or not encrypted.
    """
    if not path.is_file():
        raise BundleError(f"There is no adapted chip {path}. Make one with `ohmshot adapt`.")
    try:
        content = path.read_bytes()
        if device_key is None and content.startswith(SEALED):
            raise BundleError(f"{path} is encrypted. Give the key of its device with --decrypt-with.")
        tensors, metadata = tensors_of(content if device_key is None else unsealed(content, device_key))
        header = json.loads(metadata.get("ohmshot", "{}"))
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise BundleError(f"{path} is damaged or no adapted chip. Make it again with `ohmshot adapt`.") from error
    if header.get("format") != FORMAT or header.get("format_version") != FORMAT_VERSION:
        raise BundleError(f"{path} is no adapted chip that this ohmshot reads. Make it again with `ohmshot adapt`.")
    if header["bundle"] != bundle.digest:
        raise BundleError(f"{path} was adapted from another bundle. Give that one with --bundle, or adapt again.")
    circuit = Circuit()
    parameters = load_parameter_set(header["parameters"]).values
    crossbar = SimulatedCrossbar(parameters, circuit, int(header["seed"]), [0], [1])
    fresh = crossbar.state.tensors()
    if set(tensors) != {*fresh, _ORIGIN, _SIZE} or any(tensors[name].shape != fresh[name].shape for name in fresh):
        raise BundleError(f"{path} is damaged: cells are missing. Make it again with `ohmshot adapt`.")
    crossbar.state = CellState({name: tensors[name].to(fresh[name].dtype) for name in fresh})
    names = tuple(header["class_names"])
    learner = Learner(crossbar, bundle.for_ways(len(names)), LearnerSettings())
    learner.standard = TaskStandard(tensors[_ORIGIN], tensors[_SIZE])
    return AdaptedChip(learner, names)


def classify(chip: AdaptedChip, images: torch.Tensor) -> torch.Tensor:
    """Probabilities of the classes for pictures uint8 [n, 28, 28]: float32 [n, classes]."""
    features = chip.learner.bundle.features(images)[None]
    return torch.softmax(chip.learner.forward(features).logits[0], dim=-1)
