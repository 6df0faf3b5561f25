"""Which settings are run: every combination, or a Latin hypercube."""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from ohmshot.foundation.randomness import derived_seed
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.parameters import Value

Point = tuple[Value, ...]
"""One setting: a value for each axis."""


def grid(axes: Sequence[Axis]) -> list[Point]:
    """Return every combination of the axes' choices, the last axis running fastest."""
    return list(itertools.product(*(axis.choices or () for axis in axes)))


def latin_hypercube(axes: Sequence[Axis], points: int, seed: int) -> list[Point]:
    """Return settings that fill the space evenly (McKay et al., Technometrics 21, 1979, 239).

    Each axis is cut into as many strata of equal share as there are points; every stratum holds one point, at a random
    place, and axes are combined at random.

    Args:
        axes: the space.
        points: how many settings.
        seed: of the run.
    """
    random = np.random.default_rng(derived_seed(seed, "latin hypercube"))
    shares = qmc.LatinHypercube(len(axes), scramble=True, seed=random).random(points)
    return [tuple(axis.at(float(share)) for axis, share in zip(axes, row, strict=True)) for row in shares]
