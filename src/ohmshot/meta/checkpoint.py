"""Checkpoints of the warm-up: network and optimiser in one safetensors file, no pickle."""

from pathlib import Path

import safetensors
import torch
from torch import Tensor

from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.meta.network import FeatureNetwork


def save_checkpoint(
    path: Path, network: FeatureNetwork, optimiser: torch.optim.Optimizer, iteration: int, settings: str
) -> None:
    """Write the state after ``iteration`` iterations; ``settings`` is their JSON, checked on loading."""
    tensors: dict[str, Tensor] = {f"network.{k}": v for k, v in network.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{k}": v for k, v in state.items()}
    write_tensors(path, tensors, {"iteration": str(iteration), "settings": settings})


def load_checkpoint(path: Path, network: FeatureNetwork, optimiser: torch.optim.Optimizer, settings: str) -> int:
    """Restore a state in place and return the iterations that are done; 0 where there is no checkpoint.

    Raises:
        OhmshotError: the checkpoint belongs to a run with other settings, or is damaged.
    """
    if not path.is_file():
        return 0
    try:
        tensors, metadata = read_tensors(path)
    except safetensors.SafetensorError as error:
        raise OhmshotError(f"{path} is damaged. Delete it to begin anew.") from error
    if metadata["settings"] != settings:
        raise OhmshotError(f"{path} belongs to a run with other settings. Choose another folder or delete it.")
    network.load_state_dict({k.removeprefix("network."): v for k, v in tensors.items() if k.startswith("network.")})
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(metadata["iteration"])
