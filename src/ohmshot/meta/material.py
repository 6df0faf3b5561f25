"""Material of tasks: examples as they are stored, or their features."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ohmshot.bundle.header import (
    DrawingPreprocessing,
    EmgPreprocessing,
    FeaturePreprocessing,
    ImagePreprocessing,
    MotionPreprocessing,
    Preprocessing,
    SignalPreprocessing,
    SpeechPreprocessing,
)
from ohmshot.bundle.preprocess import log_amplitudes, network_input
from ohmshot.data.episodes import Episodes
from ohmshot.data.examples import Examples
from ohmshot.meta.algorithms.algorithm import EpisodeBatch, episode_batch

BATCH = 1024
"""Examples that go through a network in one go, to bound the memory."""
_AMPLITUDES: dict[str, type[EmgPreprocessing | MotionPreprocessing]] = {
    "emg": EmgPreprocessing,
    "motion": MotionPreprocessing,
}
"""By the kind of examples, where amplitudes of windows are the features."""
SMALLEST_DEVIATION = 1e-6
"""Keeps a channel that never changes from dividing by zero."""


@dataclass(frozen=True)
class Material:
    """Examples of many classes.

    Attributes:
        examples: classes and numbers of their examples.
        values: [classes, examples, ...], values of each example, on the device of the run.
        inputs: function from chosen values, [..., ...], to inputs of the network.
    """

    examples: Examples
    values: Tensor
    inputs: Callable[[Tensor], Tensor]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one example as the network takes it."""
        channels, height, width = self.inputs(self.values[0, 0]).shape
        return channels, height, width

    def of(self, examples: Examples) -> "Material":
        """Return other examples, stored and prepared as these."""
        return Material(examples, examples.values.to(self.values.device), self.inputs)

    def tasks(self, episodes: Episodes) -> EpisodeBatch:
        """Return the tasks of some episodes, as the network takes them."""
        return episode_batch(episodes, self.values, self.inputs)

    @torch.no_grad()
    def through(self, network: Callable[[Tensor], Tensor]) -> "Material":
        """Return the features that a network gives each example: computed once, then kept."""
        flat = self.values.flatten(0, 1)
        features = torch.cat([network(self.inputs(part)) for part in torch.split(flat, BATCH)])
        return Material(self.examples, features.view(*self.values.shape[:2], -1), nn.Identity())


def stored(examples: Examples, preprocessing: Preprocessing, device: torch.device) -> Material:
    """Return examples as they are stored, that become what the network takes when they are chosen."""
    return Material(examples, examples.values.to(device), lambda values: network_input(values, preprocessing))


def preprocessing_for(examples: Examples) -> Preprocessing:
    """Return how examples like these, which are to be trained on, become the network's input."""
    if examples.kind == "drawing":
        return DrawingPreprocessing()
    if examples.kind in _AMPLITUDES:
        made = _AMPLITUDES[examples.kind]
        channels, length = examples.values.shape[2:]
        floor = float(made.model_fields["floor"].default)
        mean, scale = _standardising(log_amplitudes(examples.values, floor), (0, 1))
        return made(channels=channels, length=length, floor=floor, mean=mean, scale=scale)
    if examples.kind == "speech":
        return SpeechPreprocessing(length=examples.values.shape[3])
    if examples.kind == "image":
        return ImagePreprocessing()
    if examples.kind == "features":
        return centring(examples.values)
    mean, scale = _standardising(examples.values, (0, 1, 3))
    return SignalPreprocessing(mean=mean, scale=scale)


def centring(values: Tensor) -> FeaturePreprocessing:
    """Preprocessing that takes the mean off each feature and brings all of them together to root mean square 1.

    Centring by the mean of the training set: Wang et al., "SimpleShot", arXiv 1911.04623. Features keep their sizes
    relative to one another: one that hardly changes says little, and would say as much as any if it were stretched.

    Args:
        values: float32 [classes, examples, features, 1].
    """
    mean = values.mean((0, 1))
    size = (values - mean).square().mean().sqrt().clamp(min=SMALLEST_DEVIATION)
    return FeaturePreprocessing(features=len(mean), mean=tuple(mean.flatten().tolist()), scale=float(1 / size))


def _standardising(values: Tensor, over: tuple[int, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean, and one over the standard deviation, of each of what is left when some dimensions are counted over."""
    deviation, mean = torch.std_mean(values, dim=over)
    return tuple(mean.tolist()), tuple((1 / deviation.clamp(min=SMALLEST_DEVIATION)).tolist())
