"""Help for tests of the whole controller: an episode by the integer model, and the same by gates on an equal chip."""

import torch

import ohmshot as oh
from controller.rtl.writing import TIMING
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.rtl.adaptation import Episode, Gates, episode_of


def chip() -> SimulatedCrossbar:
    return SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 5, [0])


def episode(strategy: str, shots: int = 5) -> Episode:
    return episode_of(oh.load_bundle(), chip(), oh.strategy(strategy), *support_set(shots))


def gates(task: Episode, crossbar: SimulatedCrossbar) -> Gates:
    return Gates(task, crossbar, TIMING)


def support_set(shots: int) -> tuple[torch.Tensor, torch.Tensor]:
    drawings = oh.load_examples("invented").values[:5, :shots]
    return drawings.flatten(0, 1), torch.arange(5).repeat_interleave(shots)
