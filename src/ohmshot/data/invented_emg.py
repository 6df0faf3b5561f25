"""Invented electromyograms of people who have never lived, in the form of `ohmshot.data.emg`.

Synthetic, and named so: a personal task that needs no download. The signal of a muscle that pulls is Gaussian noise
whose strength grows with the pull (Hogan and Mann, IEEE TBME 27 (1980) 382); an electrode sees the muscles near it.
People differ in where their muscles lie and how strongly they are seen, in how they make a gesture, and in how the band
sits; a gesture is held now more and now less firmly, and a later session wears the band a little turned. Sizes of these
variations are assumed, such that a nearest mean and MAML do about as well as on real people: no evidence for either.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from ohmshot.data.emg import CHANNELS, GESTURES, HOLDS, LENGTH, WINDOWS, examples_of_holds
from ohmshot.data.examples import Examples
from ohmshot.foundation.randomness import generator

_MUSCLES = 10
_VIEW = 0.45
"""rad around the arm: how far an electrode sees."""
_STRENGTH = 22.0
"""Counts that a muscle at full pull gives below the electrode."""
_SENSOR_NOISE = 1.2
"""Counts."""
_KNOTS = 6
"""Points in time of a hold between which the pull changes evenly."""


def invented_emg(seed: int, people: int, sessions: int) -> Examples:
    """Return the holds of people, cut into windows.

    Args:
        seed: the same seed gives the same people and holds.
        people: number of groups, each with seven classes.
        sessions: sessions of four holds of every gesture; with one alone, any hold may be learned from.
    """
    random = generator(seed, "invented EMG")
    holds = HOLDS * sessions

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random)

    def of_sessions(spread: float, *shape: int) -> Tensor:
        """One number a session, for each of its holds: [people, holds, *shape]."""
        return (spread * normal(people, sessions, *shape)).repeat_interleave(HOLDS, 1)

    # Where muscles and electrodes lie, rad around the arm, and what an electrode sees: [people, holds, 8, muscles].
    muscles = torch.arange(_MUSCLES) * (2 * math.pi / _MUSCLES) + 0.15 * normal(people, 1, 1, _MUSCLES)
    band = 0.35 * normal(people, 1, 1, 1) + of_sessions(0.1, 1, 1)
    electrodes = torch.arange(CHANNELS)[:, None] * (2 * math.pi / CHANNELS) + band
    away = torch.remainder(electrodes - muscles + math.pi, 2 * math.pi) - math.pi
    gain = 0.3 * normal(people, 1, 1, 1) + 0.25 * normal(people, 1, 1, _MUSCLES) + of_sessions(0.1, CHANNELS, 1)
    seen = _STRENGTH * torch.exp(gain - (away / _VIEW).square() / 2)

    # How far each muscle pulls, [people, gestures, holds, muscles, samples]: much is common to all people.
    anatomy = 1.2 * torch.randn(len(GESTURES), _MUSCLES, generator=generator(0, "anatomy"))  # of all people
    habit = 0.4 * normal(people, len(GESTURES), 1, _MUSCLES) + 0.15 * normal(people, len(GESTURES), holds, _MUSCLES)
    effort = 0.3 * normal(people, len(GESTURES), holds, 1) - 1.2
    effort[:, 0] -= 2.5  # at rest
    level = (anatomy[:, None] + habit + effort)[..., None]
    drift = functional.interpolate(
        0.25 * normal(people * len(GESTURES) * holds, _MUSCLES, _KNOTS), WINDOWS * LENGTH, mode="linear"
    )
    pull = torch.exp(level.clamp(max=0.5) + drift.view(*level.shape[:-1], -1))

    # Noise of each muscle with a spectrum of its own (one earlier sample, of either sign), and that of the electrodes.
    noise = normal(*pull.shape[:-1], WINDOWS * LENGTH + 1)
    earlier = torch.linspace(-0.6, 0.3, _MUSCLES)[:, None]
    source = pull * (noise[..., 1:] + earlier * noise[..., :-1]) / torch.sqrt(1 + earlier.square())
    signal = torch.einsum("phcm,pghmt->pghct", seen, source)
    counts = signal + _SENSOR_NOISE * normal(*signal.shape)
    return examples_of_holds(
        "invented-emg",
        counts.round().clamp(-128, 127),
        [f"person {number + 1}" for number in range(people)],
        "made by ohmshot from noise of muscles around an invented arm",
        ("hogan1980myoelectric", "hudgins1993strategy"),
    )
