"""Axes of accuracies: near 100 per cent it is the errors that count."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm, Normalize
from matplotlib.ticker import FixedLocator, FormatStrFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

TICKS = (20, 40, 60, 80, 90, 95, 97, 98, 99, 99.5, 99.8, 99.9, 100)
WIDE = 4.0
"""Errors that are further apart than this factor are drawn on a scale of their logarithm."""
HEADROOM = 0.6
"""Share of the smallest error that such an axis shows above it, for its interval."""
SCALE_NOTE = "Where accuracies lie far apart, their scale is that of the logarithm of the error."
"""Sentence for the caption of a figure with such an axis."""
LEAST_ERROR = 0.1
"""Per cent: an accuracy of 100 is drawn as if this were the error that counting cannot exclude."""


def accuracy_axis(panel: Axes, accuracies: Sequence[float]) -> None:
    """Give a panel the scale that suits accuracies in per cent: linear, or by the logarithm of the error."""
    low, high = panel.get_ylim()
    if not _wide(accuracies):
        panel.set_ylim(low, min(high, 100 + 0.03 * (100 - low)))
        return
    panel.set_yscale("function", functions=(_forward, _backward))
    panel.yaxis.set_major_locator(FixedLocator(TICKS))
    panel.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    panel.yaxis.set_minor_locator(NullLocator())
    panel.set_ylim(low, max(accuracies) + HEADROOM * (100 - max(accuracies)))


def accuracy_colours(accuracies: NDArray[np.float64]) -> Normalize:
    """Return colours for accuracies in per cent, by the same scale."""
    ends = float(accuracies.min()), float(accuracies.max())
    return FuncNorm((_forward, _backward), *ends) if _wide(accuracies.flat) else Normalize(*ends)


def _wide(accuracies: Iterable[float]) -> bool:
    errors = [100 - each + LEAST_ERROR for each in accuracies]
    return max(errors) > WIDE * min(errors)


def _forward(accuracy: ArrayLike) -> NDArray[np.float64]:
    """Minus the logarithm of the error."""
    errors: NDArray[np.float64] = np.maximum(100 - np.asarray(accuracy, dtype=float), 0.0)
    return -np.log(errors + LEAST_ERROR)


def _backward(scaled: ArrayLike) -> NDArray[np.float64]:
    errors: NDArray[np.float64] = np.exp(-np.asarray(scaled, dtype=float))
    return 100 + LEAST_ERROR - errors
