"""Uncertainty of what is measured."""

import math

from torch import Tensor


def half_interval(values: Tensor) -> float:
    """Half width of the 95 % interval of the mean of [n] independent values (normal approximation); 0 for one."""
    return 1.96 * float(values.std()) / math.sqrt(len(values)) if len(values) > 1 else 0.0
