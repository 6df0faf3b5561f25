"""Laws of one cell as functions of tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32


def elementwise(function: Callable[..., Any], technology: Any, results: int = 1) -> Callable[..., Any]:
    """Return a law of numbers and a technology as a function of tensors, for tables and figures; slow.

    Args:
        function: the law; the technology is its last argument.
        technology: as the law takes it.
        results: how many numbers the law returns; more than one become a tuple of tensors.
    """

    def of_numbers(*numbers: Any) -> Any:
        return function(*(F32(number) for number in numbers), technology)

    vectorised = np.vectorize(of_numbers, otypes=[F32] * results)

    def of_tensors(*values: Tensor | float) -> Any:
        found = vectorised(*(np.asarray(value, np.float64) for value in values))
        return torch.from_numpy(found) if results == 1 else tuple(torch.from_numpy(each) for each in found)

    return of_tensors
