"""The updates that a device will make, differentiable and batched over tasks."""

from typing import Literal, NamedTuple

from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.head import Head, Loss
from ohmshot.meta.hardware import WriteErrors


class Adapted(NamedTuple):
    """The heads of a batch of tasks after all updates, each [tasks, inputs, outputs] a layer.

    Attributes:
        shadow: the floating weights that the host keeps.
        actual: the weights as the hardware holds them; the shadow itself where no hardware was given.
    """

    shadow: Head
    actual: Head


def adapted(
    head: Head,
    rates: Tensor,
    features: Tensor,
    targets: Tensor,
    order: Literal["first", "second"] = "second",
    errors: WriteErrors | None = None,
    loss: Loss = "cross-entropy",
) -> Adapted:
    """Make all updates on a batch of tasks.

    Args:
        head: [inputs + 1, outputs] a layer, or with a leading dimension of tasks.
        rates: [updates, layers].
        features: [tasks, examples, features], the support sets.
        targets: labels, int64 [examples], or real vectors, [tasks, examples, outputs].
        order: "second" differentiates through the gradients (MAML), "first" takes them as constants.
        errors: the hardware of these tasks; None for exact weights.
        loss: what the updates lower (`ohmshot.bundle.head.gradients`).
    """
    tasks = features.shape[0]
    shadow: Head = tuple(weights.expand(tasks, *weights.shape[-2:]) for weights in head)
    written = None if errors is None else errors.initialised(shadow)
    for step, step_rates in enumerate(rates.unbind()):
        actual = shadow if written is None else written.actual
        gradient = heads.gradients(heads.forward(actual, features), targets, shadow, loss)
        if order == "first":
            gradient = tuple(slope.detach() for slope in gradient)
        shadow = heads.updated(shadow, gradient, step_rates)
        if errors is not None and written is not None:
            shadow = errors.clipped(shadow)
            written = errors.rewritten(written, shadow, step + 1)
    return Adapted(shadow, shadow if written is None else written.actual)
