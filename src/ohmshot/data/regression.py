"""Tasks whose targets are real vectors, drawn without any data: sine waves, and arms with links of unknown length."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

AMPLITUDES, PHASES, SINE_RANGE = (0.1, 5.0), (0.0, math.pi), (-5.0, 5.0)
"""Of the sine waves and their arguments: Finn, Abbeel, Levine, ICML 2017, section 5.1."""
LINK_LENGTHS_CM = (15.0, 35.0)
"""Of both links of an arm (our choice)."""
SHOULDER_RAD, ELBOW_RAD = (0.0, math.pi / 2), (math.pi / 6, 5 * math.pi / 6)
"""Ranges of the joints (our choice). The elbow bends one way only, so an end point has one answer."""


@dataclass(frozen=True)
class RegressionTasks:
    """Tasks with examples to learn from and others to judge by.

    Attributes:
        support: [tasks, shots, inputs].
        support_targets: [tasks, shots, outputs].
        query: [tasks, queries, inputs].
        query_targets: [tasks, queries, outputs].
        parameters: what tells the tasks apart, [tasks, n]: amplitude and phase, or the lengths of the links in cm.
    """

    support: Tensor
    support_targets: Tensor
    query: Tensor
    query_targets: Tensor
    parameters: Tensor

    def __len__(self) -> int:
        return len(self.support)

    def part(self, numbers: range) -> "RegressionTasks":
        """Return some of the tasks, by their numbers."""
        chosen = slice(numbers.start, numbers.stop)
        return RegressionTasks(
            self.support[chosen],
            self.support_targets[chosen],
            self.query[chosen],
            self.query_targets[chosen],
            self.parameters[chosen],
        )


@dataclass(frozen=True)
class RegressionFamily:
    """A family of tasks, and how its numbers are brought to about 1.

    Attributes:
        name: name of the family.
        drawn: tasks at random, from their number, the examples of each in all, and a generator: inputs [tasks,
            examples, inputs], targets [tasks, examples, outputs] and parameters.
        unit: unit of the targets; empty for none.
        input_mean: of each input over the family, about.
        input_scale: half of what each input spans, about.
        target_mean: like ``input_mean``, of the targets.
        target_scale: like ``input_scale``.
    """

    name: str
    drawn: Callable[[int, int, torch.Generator], tuple[Tensor, Tensor, Tensor]]
    unit: str
    input_mean: tuple[float, ...]
    input_scale: tuple[float, ...]
    target_mean: tuple[float, ...]
    target_scale: tuple[float, ...]

    def tasks(self, count: int, shots: int, queries: int, random: torch.Generator) -> RegressionTasks:
        """Draw tasks: so many, with so many examples to learn from and to judge by."""
        inputs, targets, parameters = self.drawn(count, shots + queries, random)
        return RegressionTasks(inputs[:, :shots], targets[:, :shots], inputs[:, shots:], targets[:, shots:], parameters)


def sine(inputs: Tensor, amplitude: Tensor, phase: Tensor) -> Tensor:
    """``amplitude * sin(inputs - phase)``, the wave of Finn et al. 2017; phase in rad, tensors that broadcast."""
    return amplitude * torch.sin(inputs - phase)


def end_points(angles: Tensor, lengths: Tensor) -> Tensor:
    """Where a planar arm of two joints ends: angles [..., 2] in rad and lengths [..., 2] to [..., 2] in their unit.

    ``x = l1 cos a + l2 cos(a + b)``, ``y = l1 sin a + l2 sin(a + b)`` with shoulder a, from the x axis, and elbow b,
    from the first link (Craig, Introduction to Robotics, section 4.4).
    """
    first, second = angles[..., 0], angles.sum(-1)
    one, other = lengths[..., 0], lengths[..., 1]
    x = one * torch.cos(first) + other * torch.cos(second)
    y = one * torch.sin(first) + other * torch.sin(second)
    return torch.stack([x, y], -1)


def joint_angles(points: Tensor, lengths: Tensor) -> Tensor:
    """Angles in rad that reach end points, [..., 2]: the inverse of `end_points`, by the law of cosines.

    The shoulder lies between -pi and pi, the elbow between 0 and pi. A point out of reach gets the angles of the
    nearest one in its direction.
    """
    one, other = lengths[..., 0], lengths[..., 1]
    x, y = points.unbind(-1)
    bend = torch.acos(((x.square() + y.square() - one.square() - other.square()) / (2 * one * other)).clamp(-1, 1))
    first = torch.atan2(y, x) - torch.atan2(other * torch.sin(bend), one + other * torch.cos(bend))
    turned = torch.remainder(first + math.pi, 2 * math.pi) - math.pi
    return torch.stack([turned, bend], -1)


def _uniform(shape: tuple[int, ...], ends: tuple[float, float], random: torch.Generator) -> Tensor:
    low, high = ends
    return low + (high - low) * torch.rand(shape, generator=random)


def _sines(count: int, examples: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    amplitude, phase = _uniform((count, 1), AMPLITUDES, random), _uniform((count, 1), PHASES, random)
    inputs = _uniform((count, examples), SINE_RANGE, random)
    return inputs[..., None], sine(inputs, amplitude, phase)[..., None], torch.cat([amplitude, phase], -1)


def _arms(count: int, examples: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    lengths = _uniform((count, 2), LINK_LENGTHS_CM, random)
    angles = torch.stack([_uniform((count, examples), ends, random) for ends in (SHOULDER_RAD, ELBOW_RAD)], -1)
    return end_points(angles, lengths[:, None]), angles, lengths


SINES = RegressionFamily("sine", _sines, "", (0.0,), (5.0,), (0.0,), (5.0,))
"""One task is one wave; the input is a number, the target its value."""
ARMS = RegressionFamily(
    "arm",
    _arms,
    "rad",
    (5.0, 25.0),
    (25.0, 25.0),
    (math.pi / 4, math.pi / 2),
    (math.pi / 4, math.pi / 3),
)
"""One task is one arm; the input is an end point in cm, the target the two joint angles."""
