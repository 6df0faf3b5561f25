"""Error model of written weights for meta-training: levels, errors, a window."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.head import Head
from ohmshot.bundle.levels import nearest


@dataclass(frozen=True)
class WriteErrorModel:
    """Levels and errors of weights that are stored as conductance differences.

    Attributes:
        full_scale: weight of the widest conductance difference, (first, second layer).
        levels: allowed sizes of a weight as shares of full scale, rising from 0.
        spread: standard deviation of a written weight as a share of full scale: one number, or one a level.
        shift: mean of a written weight less what was meant, in its own direction, as a share of full scale: one number
            a level, or none for 0.
    """

    full_scale: tuple[float, float]
    levels: tuple[float, ...]
    spread: float | tuple[float, ...]
    shift: tuple[float, ...] = ()

    def drawn(self, head: Head, tasks: int, updates: int, random: torch.Generator) -> "WriteErrors":
        """Draw the errors of a batch of tasks: one for every weight, for the initialisation and for each update.

        All numbers are drawn here, on the CPU and for the whole batch, so that the share of one process or the
        device of the tensors changes none of them.
        """
        first, second = (
            torch.randn(updates + 1, tasks, *weights.shape[-2:], generator=random).to(weights) for weights in head
        )
        return WriteErrors(self, (first, second))


@dataclass(frozen=True)
class Written:
    """Weights that stand on the hardware: what each was meant to be and what it is, both [tasks, inputs, outputs]."""

    levels: Head
    actual: Head


@dataclass(frozen=True)
class WriteErrors:
    """The hardware that a batch of tasks meets: the model with its random numbers.

    Attributes:
        model: levels and sizes.
        normal: standard normal numbers of each layer, [writes, tasks, inputs, outputs].
    """

    model: WriteErrorModel
    normal: tuple[Tensor, Tensor]

    def part(self, tasks: slice) -> "WriteErrors":
        """Return the errors of some tasks of the batch."""
        return WriteErrors(self.model, (self.normal[0][:, tasks], self.normal[1][:, tasks]))

    def initialised(self, head: Head) -> Written:
        """Write every weight for the first time."""
        levels = self._levels(head)
        return Written(levels, self._straight_through(head, self._with_errors(levels, 0)))

    def rewritten(self, before: Written, head: Head, write: int) -> Written:
        """Write only the weights whose level changes; the others keep the error that they have."""
        levels = self._levels(head)
        fresh = self._with_errors(levels, write)
        first, second = (
            torch.where(level == old_level, old.detach(), new)
            for level, old_level, old, new in zip(levels, before.levels, before.actual, fresh, strict=True)
        )
        return Written(levels, self._straight_through(head, (first, second)))

    def clipped(self, head: Head) -> Head:
        """Hold the floating shadow inside what a pair of cells can carry."""
        first, second = (w.clamp(-scale, scale) for w, scale in zip(head, self.model.full_scale, strict=True))
        return first, second

    def _levels(self, head: Head) -> Head:
        first, second = (
            nearest((w.detach() / scale).abs(), torch.tensor(self.model.levels, device=w.device))
            * (w.detach().sign() * scale)
            for w, scale in zip(head, self.model.full_scale, strict=True)
        )
        return first, second

    def _with_errors(self, levels: Head, write: int) -> Head:
        first, second = (
            level + self._shift(level / scale) * scale + self._spread(level / scale) * scale * normal[write]
            for level, scale, normal in zip(levels, self.model.full_scale, self.normal, strict=True)
        )
        return first, second

    def _spread(self, levels: Tensor) -> Tensor | float:
        """Standard deviation of weights on these levels, as shares of full scale like them."""
        spread = self.model.spread
        if not isinstance(spread, tuple):
            return spread
        return self._by_level(spread, levels)

    def _shift(self, levels: Tensor) -> Tensor | float:
        """Mean error of weights on these levels, as shares of full scale like them."""
        return self._by_level(self.model.shift, levels) * levels.sign() if self.model.shift else 0.0

    def _by_level(self, values: tuple[float, ...], levels: Tensor) -> Tensor:
        known = torch.tensor(self.model.levels, device=levels.device, dtype=levels.dtype)
        middles = (known[1:] + known[:-1]) / 2
        return torch.tensor(values, device=levels.device, dtype=levels.dtype)[
            torch.bucketize(levels.abs().contiguous(), middles)
        ]

    @staticmethod
    def _straight_through(head: Head, actual: Head) -> Head:
        """Take the values of ``actual`` and the gradients of ``head``."""
        first, second = (w + (real - w).detach() for w, real in zip(head, actual, strict=True))
        return first, second
