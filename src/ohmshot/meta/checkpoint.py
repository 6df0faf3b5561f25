"""Checkpoints of a phase: everything that its next iteration needs, in one safetensors file, no pickle."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
from torch import Tensor

from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.tensor_files import write_tensors

FORMAT = "ohmshot-checkpoint"
FORMAT_VERSION = "1"


@dataclass(frozen=True)
class Checkpoint:
    """The state of a phase between two iterations.

    Attributes:
        iteration: iterations that are done.
        state: learned tensors and running statistics by name.
        optimiser: its tensors as "number.key".
        best: the state with the best held-out accuracy so far; empty where none is measured.
        best_accuracy: accuracy of the best state in per cent; minus infinity where none is measured.
        best_iteration: iterations that led to the best state.
    """

    iteration: int
    state: Mapping[str, Tensor]
    optimiser: Mapping[str, Tensor]
    best: Mapping[str, Tensor]
    best_accuracy: float
    best_iteration: int


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the state of an optimiser as tensors by name."""
    states = optimiser.state_dict()["state"].items()
    return {f"{number}.{key}": value for number, state in states for key, value in state.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors of `optimiser_tensors` back."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, key = name.split(".")
        state.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def save_checkpoint(path: Path, checkpoint: Checkpoint, settings: str) -> None:
    """Write a checkpoint; ``settings`` is the JSON of the run's settings, checked on loading.

    Raises:
        OhmshotError: the disk is full, or the folder cannot be written to; the checkpoint before stays.
    """
    parts = {"state": checkpoint.state, "optimiser": checkpoint.optimiser, "best": checkpoint.best}
    tensors = {f"{part}.{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
    metadata = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "iteration": str(checkpoint.iteration),
        "best_accuracy": checkpoint.best_accuracy.hex(),
        "best_iteration": str(checkpoint.best_iteration),
        "settings": settings,
    }
    write_tensors(path, tensors, metadata)


def load_checkpoint(path: Path, settings: str, wanted: Mapping[str, Tensor]) -> Checkpoint | None:
    """Read a checkpoint; None where there is none.

    Args:
        path: path of the file.
        settings: the JSON that the checkpoint must have been made with.
        wanted: tensors with the names and shapes that its state must have.

    Raises:
        OhmshotError: the file is damaged, foreign, or belongs to a run with other settings.
    """
    if not path.exists():
        return None
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (safetensors.SafetensorError, OSError) as error:
        raise OhmshotError(f"{path} is damaged or no checkpoint. Delete it to begin anew.") from error
    if (metadata.get("format"), metadata.get("format_version")) != (FORMAT, FORMAT_VERSION):
        raise OhmshotError(f"{path} is no checkpoint of this ohmshot. Choose another folder or delete it.")
    if metadata.get("settings") != settings:
        raise OhmshotError(f"{path} belongs to a run with other settings. Choose another folder or delete it.")
    state, optimiser, best = (_part(tensors, name) for name in ("state", "optimiser", "best"))
    for named in (state, *([best] if best else [])):
        if {name: t.shape for name, t in named.items()} != {name: t.shape for name, t in wanted.items()}:
            raise OhmshotError(f"{path} does not fit the network of this run. Delete it to begin anew.")
    try:
        return Checkpoint(
            iteration=int(metadata["iteration"]),
            state=state,
            optimiser=optimiser,
            best=best,
            best_accuracy=float.fromhex(metadata["best_accuracy"]),
            best_iteration=int(metadata["best_iteration"]),
        )
    except (KeyError, ValueError, OverflowError) as error:
        raise OhmshotError(f"{path} is damaged or no checkpoint. Delete it to begin anew.") from error


def _part(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): t for name, t in tensors.items() if name.startswith(f"{part}.")}
