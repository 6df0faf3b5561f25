"""Weights on levels as the controller chooses them, in the place of the host's mapping."""

from dataclasses import dataclass, fields

import numpy as np
from torch import Tensor

from ohmshot.controller.learning import LevelConstants, levels
from ohmshot.host.mapping import WeightMapping


@dataclass(frozen=True)
class LevelMapping(WeightMapping):
    """A layer's weights on pairs of cells, their levels chosen by integer comparisons.

    Attributes:
        constants: weights and levels; none for a mapping that is not configured.
    """

    constants: LevelConstants | None = None

    @classmethod
    def of(cls, mapping: WeightMapping, constants: LevelConstants) -> "LevelMapping":
        """Put the controller's choice of levels into the place of a mapping's own."""
        return cls(**{field.name: getattr(mapping, field.name) for field in fields(mapping)}, constants=constants)

    def codes(self, weights: Tensor) -> Tensor:
        """Weight codes of weights that were made of weight codes, exactly; of others the nearest. Any shape."""
        assert self.constants is not None
        return (weights.double() * (self.constants.most / self.full_scale)).round().long()

    def of_codes(self, codes: Tensor) -> Tensor:
        """Weights that weight codes stand for, float32; any shape."""
        assert self.constants is not None
        return (codes.double() * (self.full_scale / self.constants.most)).float()

    def pair_levels(self, weights: Tensor) -> Tensor:
        """Signed level of every pair, int64: weights [..., outputs] to [..., copies * outputs]."""
        assert self.constants is not None
        return levels(self.constants, self.codes(weights))

    def put_targets(self, weights: Tensor, plus: np.ndarray, minus: np.ndarray, targets: np.ndarray) -> None:
        """See `ohmshot.host.mapping.WeightMapping.put_targets`."""
        assert self.levels is not None
        level, states = self.pair_levels(weights).flatten(1), self.levels.numpy()
        targets[:, plus], targets[:, minus] = states[level.clamp(min=0)], states[(-level).clamp(min=0)]
