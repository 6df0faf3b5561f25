"""What needs no update on the chip: a least-squares readout of the same features, and the mean of the examples."""

import torch
from torch import Tensor

from ohmshot.adapt.regression import fixed_part
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.data.regression import RegressionTasks

RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Candidates for the penalty, tried on training tasks."""


def ridge_predictions(bundle: Bundle, tasks: RegressionTasks, penalty: float, around_start: bool) -> Tensor:
    """Predictions of the readout that least squares give in software, in the unit of the targets.

    The weights w minimise ``sum (w . x - y)^2 + penalty |w - s|^2`` over the examples; s is the learned start of the
    head, or 0 (Hoerl and Kennard, Technometrics 12 (1970) 55).

    Args:
        bundle: with the features; its head is one layer.
        tasks: the tasks.
        penalty: in units of squared features.
        around_start: whether the weights are held near the learned start rather than near 0.

    Returns:
        [tasks, queries, outputs].
    """
    support, query, targets = fixed_part(bundle, tasks)
    inputs, asked = heads.with_bias_input(support), heads.with_bias_input(query)
    start = bundle.head[-1] if around_start else torch.zeros_like(bundle.head[-1])
    # As many equations as examples, which are fewer than the features.
    gram = (inputs @ inputs.mT).double() + penalty * torch.eye(inputs.shape[1], dtype=torch.float64)
    dual = torch.linalg.solve(gram, (targets - inputs @ start).double())
    return bundle.predicted(asked @ (start + inputs.mT @ dual.to(inputs.dtype)))


def best_ridge(bundle: Bundle, training: RegressionTasks, around_start: bool) -> float:
    """The penalty that training tasks like best."""

    def error(penalty: float) -> float:
        found = ridge_predictions(bundle, training, penalty, around_start)
        return float((found - training.query_targets).square().mean())

    return min(RIDGES, key=error)


def mean_predictions(tasks: RegressionTasks) -> Tensor:
    """The mean target of the examples, whatever is asked: [tasks, queries, outputs]."""
    return tasks.support_targets.mean(-2, keepdim=True).expand_as(tasks.query_targets)
