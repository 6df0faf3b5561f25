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


def standardised_episode(strategy: str, shots: int = 5) -> Episode:
    """A task of six features that need a standard."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(5).repeat_interleave(shots)
    means = 2 * torch.randn(5, 6, generator=generator)
    drawn = means[labels] + torch.randn(len(labels), 6, generator=generator)
    return episode_of(oh.bundle_for(6, 5, hidden=()), chip(), oh.strategy(strategy), drawn[..., None], labels)


def gates(task: Episode, crossbar: SimulatedCrossbar) -> Gates:
    return Gates(task, crossbar, TIMING)


def support_set(shots: int) -> tuple[torch.Tensor, torch.Tensor]:
    drawings = oh.load_examples("invented").values[:5, :shots]
    return drawings.flatten(0, 1), torch.arange(5).repeat_interleave(shots)
