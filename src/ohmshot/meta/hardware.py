"""Error model of written weights for meta-training: levels, errors, a window."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.head import Head, clipped
from ohmshot.bundle.levels import nearest, on_copies, over_copies


@dataclass(frozen=True)
class WriteErrorModel:
    """Levels and errors of weights that are stored as conductance differences.

    Attributes:
        full_scale: weight of the widest conductance difference of all its pairs, one a layer.
        levels: allowed sizes of a weight as shares of full scale, rising from 0.
        spread: standard deviation of a written weight as a share of full scale: one number, or one a level.
        shift: mean of a written weight less what was meant, in its own direction, as a share of full scale: one number
            a level, or none for 0.
        copies: pairs of cells that carry a weight together, one number a layer; none for 1 everywhere.
    """

    full_scale: tuple[float, ...]
    levels: tuple[float, ...]
    spread: float | tuple[float, ...]
    shift: tuple[float, ...] = ()
    copies: tuple[int, ...] = ()

    @property
    def copies_of_layers(self) -> tuple[int, ...]:
        """Pairs of cells that carry a weight together, one number a layer."""
        return self.copies or (1,) * len(self.full_scale)

    def drawn(self, head: Head, tasks: int, updates: int, random: torch.Generator) -> "WriteErrors":
        """Draw the errors of a batch of tasks: one for every weight, for the initialisation and for each update.

        All numbers are drawn here, on the CPU and for the whole batch, so that the share of one process or the
        device of the tensors changes none of them.
        """
        return WriteErrors(
            self,
            tuple(
                torch.randn(updates + 1, tasks, weights.shape[-2], copies * weights.shape[-1], generator=random).to(
                    weights
                )
                for weights, copies in zip(head, self.copies_of_layers, strict=True)
            ),
        )


@dataclass(frozen=True)
class Written:
    """Weights that stand on the hardware.

    Attributes:
        levels: what each pair was meant to carry, [tasks, inputs, copies * outputs] a layer.
        pairs: what each pair carries, like ``levels``.
        actual: the weights, [tasks, inputs, outputs] a layer.
    """

    levels: Head
    pairs: Head
    actual: Head


@dataclass(frozen=True)
class WriteErrors:
    """The hardware that a batch of tasks meets: the model with its random numbers.

    Attributes:
        model: levels and sizes.
        normal: standard normal numbers of each layer, [writes, tasks, inputs, copies * outputs].
    """

    model: WriteErrorModel
    normal: Head

    def part(self, tasks: slice) -> "WriteErrors":
        """Return the errors of some tasks of the batch."""
        return WriteErrors(self.model, tuple(normal[:, tasks] for normal in self.normal))

    def initialised(self, head: Head) -> Written:
        """Write every weight for the first time."""
        levels = self._levels(head)
        return self._written(head, levels, self._with_errors(levels, 0))

    def rewritten(self, before: Written, head: Head, write: int) -> Written:
        """Write only the weights whose level changes; the others keep the error that they have."""
        levels = self._levels(head)
        fresh = self._with_errors(levels, write)
        pairs = tuple(
            torch.where(level == old_level, old, new)
            for level, old_level, old, new in zip(levels, before.levels, before.pairs, fresh, strict=True)
        )
        return self._written(head, levels, pairs)

    def clipped(self, head: Head) -> Head:
        """Hold the floating shadow inside what a pair of cells can carry."""
        return clipped(head, self.model.full_scale)

    def _levels(self, head: Head) -> Head:
        known = torch.tensor(self.model.levels, device=head[0].device)

        def rounded(shares: Tensor) -> Tensor:
            return nearest(shares.abs(), known) * shares.sign()

        return tuple(
            rounded(on_copies(weights.detach() / scale, copies, rounded)) * scale
            for weights, scale, copies in self._pairs(head)
        )

    def _with_errors(self, levels: Head, write: int) -> Head:
        return tuple(
            level + self._shift(level / scale) * scale + self._spread(level / scale) * scale * normal[write]
            for (level, scale, _), normal in zip(self._pairs(levels), self.normal, strict=True)
        )

    def _pairs(self, head: Head) -> Iterator[tuple[Tensor, float, int]]:
        """Give each layer with the full scale of one pair and its number of copies."""
        copies = self.model.copies_of_layers
        return zip(head, (s / c for s, c in zip(self.model.full_scale, copies, strict=True)), copies, strict=True)

    def _written(self, head: Head, levels: Head, pairs: Head) -> Written:
        actual = tuple(over_copies(pair, c) for pair, c in zip(pairs, self.model.copies_of_layers, strict=True))
        return Written(levels, pairs, self._straight_through(head, actual))

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
        return tuple(w + (real - w).detach() for w, real in zip(head, actual, strict=True))
