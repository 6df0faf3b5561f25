"""Invented gestures: what an accelerometer in the hand measures while the hand draws a figure in the air.

Synthetic, and named so: a second kind of edge task that needs no download. A class is a path of two to four strokes
in space; each stroke is made in the time course that people's reaching movements have (minimum jerk: Flash and Hogan,
J. Neurosci. 5 (1985) 1688, doi:10.1523/JNEUROSCI.05-07-01688.1985). From one example to the next vary, as from hand
to hand, the points of the path, the duration of each stroke, the size, the way the sensor is held, and its noise.
Sizes of these variations are assumed.
"""

import torch
from torch import Tensor

from ohmshot.data.examples import Examples
from ohmshot.foundation.randomness import generator

CHANNELS = 3
LENGTH = 64
"""Instants, the whole gesture: 64 a second for a gesture of one second."""
STROKES = 4
GRAVITY = 9.81
"""m/s^2."""
_REACH = 0.25
"""m: points of a path lie within a cube of twice this side."""
_STROKE_SECONDS = 0.45
"""Typical duration of one stroke."""
_MOTOR_SPREAD = 0.18
"""Spread of every point, as a share of the reach."""
_HOLD_SPREAD = 0.15
"""rad, of the angles at which the sensor is held."""
_RANGE = 4 * GRAVITY
"""m/s^2: what a motion sensor set to 4 g gives at most."""
_NOISE = 0.25
"""m/s^2, of one reading of a cheap accelerometer with the tremor of the hand."""


def invented_gestures(seed: int, families: int, gestures_per_family: int, examples: int) -> Examples:
    """Return gestures that nobody has made before.

    Args:
        seed: the same seed gives the same gestures and examples.
        families: number of groups; the gestures of one lie in the same plane, more or less.
        gestures_per_family: classes of each.
        examples: number of examples of each gesture.

    Returns:
        Acceleration along the three axes of the sensor in m/s^2, gravity included.
    """
    random = generator(seed, "invented gestures")
    classes = families * gestures_per_family
    family = torch.arange(families).repeat_interleave(gestures_per_family)
    paths, durations = _programs(families, family, random)

    def normal(*shape: int) -> Tensor:
        return torch.randn(classes, examples, *shape, generator=random)

    hand = paths[:, None] + _MOTOR_SPREAD * normal(STROKES, 3, 3)
    hand[:, :, 1:, 0] = hand[:, :, :-1, 2]  # a stroke begins where the last one ended
    seconds = durations[:, None] * torch.exp(0.18 * normal(STROKES)) * torch.exp(0.12 * normal(1))
    size = _REACH * torch.exp(0.12 * normal(1, 1))
    world = _acceleration(hand, seconds) * size + torch.tensor([0.0, 0.0, GRAVITY])
    sensor = torch.einsum("ceij,ceti->cejt", _turns(_HOLD_SPREAD * normal(3)), world)
    return Examples(
        name="invented gestures",
        values=(sensor + _NOISE * normal(CHANNELS, LENGTH)).clamp(-_RANGE, _RANGE),
        group=family,
        group_names=tuple(f"family {i + 1}" for i in range(families)),
        class_names=tuple(
            f"family {i // gestures_per_family + 1}/gesture{i % gestures_per_family + 1:02d}" for i in range(classes)
        ),
        citation="made by ohmshot from random strokes in minimum-jerk time",
        references=("flash1985coordination",),
        kind="signal",
    )


def _programs(families: int, family: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points of each stroke (begin, bend, end) [classes, strokes, 3, 3], as shares of the reach; its seconds."""
    classes = len(family)
    points = torch.rand(classes, STROKES, 3, 3, generator=random) * 2 - 1
    flat = torch.tensor([1.0, 1.0, 0.3])
    turned = _turns(torch.randn(families, 3, generator=random))[family]
    points = torch.einsum("cij,cspj->cspi", turned, points * flat)
    points[:, 1:, 0] = points[:, :-1, 2]
    count = torch.randint(2, STROKES + 1, (classes,), generator=random)
    seconds = _STROKE_SECONDS * torch.exp(0.25 * torch.randn(classes, STROKES, generator=random))
    return points, seconds * (torch.arange(STROKES) < count[:, None])  # a stroke that is not there takes no time


def _acceleration(points: Tensor, seconds: Tensor) -> Tensor:
    """Second derivative of the path in time: [..., strokes, 3, 3] and [..., strokes] to [..., LENGTH, 3].

    A stroke is the Bezier curve p(s) = (1-s)^2 a + 2 s (1-s) b + s^2 c, gone through in minimum-jerk time
    s(u) = 10 u^3 - 15 u^4 + 6 u^5, u = t / T, so that d2p/dt2 = (p'' s'^2 + p' s'') / T^2.
    """
    ends = seconds.cumsum(-1)
    times = torch.linspace(0, 1, LENGTH) * ends[..., -1:]
    stroke = (times[..., None] >= ends[..., None, :-1]).sum(-1)
    begins = (ends - seconds).gather(-1, stroke)
    duration = seconds.gather(-1, stroke).clamp(min=0.05)  # the last instant may fall to a stroke that is not there
    u = ((times - begins) / duration).clamp(0, 1)[..., None]
    index = stroke[..., None, None].expand(*stroke.shape, 3, 3)
    a, b, c = points.gather(-3, index).unbind(-2)
    s = u**3 * (10 - 15 * u + 6 * u**2)
    ds = 30 * u**2 * (1 - u) ** 2
    dds = 60 * u * (1 - u) * (1 - 2 * u)
    along, bend = 2 * (1 - s) * (b - a) + 2 * s * (c - b), 2 * (a - 2 * b + c)
    return (bend * ds**2 + along * dds) / duration[..., None] ** 2


def _turns(angles: Tensor) -> Tensor:
    """Rotations about three axes one after another: rad [..., 3] to matrices [..., 3, 3]."""
    generators = torch.zeros(3, 3, 3)
    for axis in range(3):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        generators[axis, i, j], generators[axis, j, i] = -1.0, 1.0
    x, y, z = (torch.matrix_exp(angles[..., axis, None, None] * generators[axis]) for axis in range(3))
    return z @ y @ x
