"""One example as a small picture."""

from matplotlib.axes import Axes
from torch import Tensor


def draw_example(axis: Axes, example: Tensor) -> None:
    """Draw a drawing, uint8 [side, side], as ink, or a signal, float32 [channels, length], as one line a channel."""
    if example.is_floating_point():
        axis.plot(example.T.numpy(), linewidth=0.7)
    else:
        axis.imshow(example.numpy(), cmap="gray_r", vmin=0, vmax=255)
    axis.set(xticks=[], yticks=[])
    axis.grid(False)
