"""Maximum likelihood with intervals that allow for what devices have in common.

A fit is a function from unknowns [p] to the log likelihood of each device [devices]. Its maximum is found by
BFGS with exact gradients; the covariance is the sandwich ``H^-1 (S + W) H^-1`` of White, with the Hessian H, the
summed squares S of the devices' scores (rows of one device are never taken for independent) and the weights W of
what is known beforehand. For many devices it is what resampling whole devices (bootstrap) would give.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.stats
import torch
from torch import Tensor
from torch.autograd.functional import hessian

from ohmshot.foundation.errors import MeasurementError


@dataclass(frozen=True)
class Unknowns:
    """Start of a fit, and the expected distance of its unknowns from there.

    Attributes:
        start: [p], first guess.
        width: [p], standard deviation of a Gaussian around the start: the error of a number known from another
            experiment, or a width far beyond any sensible answer, so that the data alone speak and a direction
            that they say nothing about gets a wide interval instead of no answer.
    """

    start: Tensor
    width: Tensor


@dataclass(frozen=True)
class Maximum:
    """A fitted maximum.

    Attributes:
        unknowns: [p], at the maximum.
        covariance: [p, p], of their errors.
        devices: number of devices with readings.
        curvature: [p, p], second derivative of the negative log likelihood there.
    """

    unknowns: Tensor
    covariance: Tensor
    devices: int
    curvature: Tensor

    def interval(self, function: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Value of a function [p] -> [k] of the unknowns, with the ends of its 95 % interval (delta method).

        The interval is symmetric in the function: give the logarithm of what is positive, and take it back.
        """
        value = function(self.unknowns)
        slope = _jacobian(function, self.unknowns)
        error = (slope @ self.covariance * slope).sum(-1).clamp(min=0).sqrt()
        reach = float(scipy.stats.t.ppf(0.975, max(self.devices - 1, 1))) * error
        return value, value - reach, value + reach


def maximise(log_likelihood: Callable[[Tensor], Tensor], unknowns: Unknowns, what: str) -> Maximum:
    """Find the maximum and its covariance.

    Args:
        log_likelihood: function from unknowns [p] to [devices]; float64, differentiable.
        unknowns: start and width.
        what: names the experiment in messages.

    Raises:
        MeasurementError: no maximum is found, or fewer than two devices.
    """
    start, width = unknowns.start.double(), unknowns.width.double()

    def loss(offsets: Tensor) -> Tensor:
        return -log_likelihood(start + offsets).sum() + 0.5 * (offsets / width).square().sum()

    # Steps in units of what one unknown must move to matter, so that volts and log spreads weigh alike.
    curvature = hessian(loss, torch.zeros_like(start)).diagonal().abs()  # type: ignore[no-untyped-call]
    scale = 1 / curvature.clamp(min=1e-12).sqrt()

    def value_and_slope(point: np.typing.NDArray[np.float64]) -> tuple[float, np.typing.NDArray[np.float64]]:
        offsets = (torch.from_numpy(point) * scale).requires_grad_()
        value = loss(offsets)
        (slope,) = torch.autograd.grad(value, offsets)
        if not bool(torch.isfinite(value)):
            return 1e30, np.zeros_like(point)
        return float(value.detach()), (slope * scale).numpy()

    found = scipy.optimize.minimize(
        value_and_slope, np.zeros(len(start)), jac=True, method="BFGS", options={"gtol": 1e-4}
    )
    offsets = torch.from_numpy(found.x) * scale
    curved: Tensor = hessian(loss, offsets)  # type: ignore[no-untyped-call]
    if not bool(torch.isfinite(curved).all()) or float(torch.linalg.eigvalsh(curved).min()) <= 0:
        raise MeasurementError(f"The fit of '{what}' finds no best answer: too few rows, or rows that contradict it.")
    scores = _jacobian(log_likelihood, start + offsets)
    devices = scores.shape[0]
    if devices < 2:
        raise MeasurementError(f"The fit of '{what}' needs at least two devices.")
    scores = scores - scores.mean(0)
    inverse = torch.linalg.inv(curved)
    # Each unknown takes up the say of one device, as degrees of freedom do.
    middle = scores.T @ scores * (devices / max(devices - len(start), 1)) + torch.diag(width**-2)
    return Maximum(start + offsets, inverse @ middle @ inverse, devices, curved)


def _jacobian(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """Derivative [k, p] of a function [p] -> [k], in p backward passes whatever k.

    The product of weights [k] with the derivative is linear in the weights, so its own derivative by the weights is
    the derivative looked for (torch's forward mode would do, but compiles itself for many seconds at its first use).
    """
    point = point.detach().requires_grad_()
    values = function(point)
    weights = torch.zeros_like(values, requires_grad=True)
    (product,) = torch.autograd.grad(values, point, grad_outputs=weights, create_graph=True)
    return torch.stack([torch.autograd.grad(each, weights, retain_graph=True)[0] for each in product], -1)


def summed_by_device(values: Tensor, device: Tensor, devices: int) -> Tensor:
    """Sum rows [n, ...] by device [n]: [devices, ...]."""
    return torch.zeros(devices, *values.shape[1:], dtype=values.dtype).index_add(0, device, values)


def normal_log_density(residual: Tensor, variance: Tensor) -> Tensor:
    """Logarithm of the normal density; residual and variance of any shapes that broadcast."""
    return -0.5 * (residual**2 / variance + torch.log(2 * torch.pi * variance))
