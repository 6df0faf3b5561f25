"""The fixed convolutions in 8 bits, for the header: weights, multipliers, places of activations in memory."""

from dataclasses import dataclass

from torch import Tensor

from ohmshot.bundle.header import ConvolutionShape
from ohmshot.controller.firmware.tables import defines, guarded, table
from ohmshot.controller.fixed_layers import (
    ACTIVATION_FULL,
    LAST_FULL,
    LENGTH_ROOT_BITS,
    SKIP_FRACTION,
    FixedLayer,
    FixedLayers,
)

Plane = tuple[int, int, int]
"""Channels, height and width of an activation."""


@dataclass(frozen=True)
class Activation:
    """An activation while it is needed.

    Attributes:
        size: in bytes.
        made: number of the layer that makes it; -1 for the drawing.
        last_used: number of the last layer that reads it.
    """

    size: int
    made: int
    last_used: int


def places(activations: list[Activation]) -> list[int]:
    """Offset of every activation in one memory: each the lowest at which it meets none that lives at the same time."""
    found: list[int] = []
    for each in activations:
        alive = [
            (at, at + other.size)
            for at, other in zip(found, activations, strict=False)
            if other.last_used >= each.made and other.made <= each.last_used
        ]
        candidates = [0, *(end for _, end in alive)]
        found.append(min(at for at in candidates if all(at + each.size <= begin or at >= end for begin, end in alive)))
    return found


def feature_defines(fixed: FixedLayers | None, drawing: Plane) -> str:
    """Sizes that every source sees; none where the fixed part is left out."""
    if fixed is None:
        return defines({"HAS_FIXED_LAYERS": 0})
    channels, height, width = drawing
    activations = _activations(fixed, drawing)
    scratch = max(at + each.size for at, each in zip(places(activations), activations, strict=True))
    return defines(
        {
            "HAS_FIXED_LAYERS": 1,
            "FIXED_LAYERS": f"{len(fixed.layers)}U",
            "PIXELS": f"{channels * height * width}U",
            "SCRATCH_BYTES": f"{scratch}U",
        }
    )


def feature_tables(fixed: FixedLayers | None, drawing: Plane) -> str:
    """Tables of the layers."""
    if fixed is None:
        return ""
    at = places(_activations(fixed, drawing))
    planes = _planes(fixed, drawing)
    numbers: dict[str, int | str] = {
        "UNIT_LENGTH": int(fixed.unit_length),
        "UNIT_MULTIPLIER": f"{fixed.unit_multiplier}{'U' if fixed.unit_length else ''}",
        "UNIT_SHIFT": f"{fixed.unit_shift}{'U' if fixed.unit_length else ''}",
        "FEATURE_FULL": fixed.most,
        "LAST_FULL": LAST_FULL,
        "ACTIVATION_FULL": ACTIVATION_FULL,
        "SKIP_FRACTION": SKIP_FRACTION,
        "LENGTH_ROOT_BITS": f"{LENGTH_ROOT_BITS}U",
    }
    described, channel, weight = [], 0, 0
    for number, layer in enumerate(fixed.layers):
        described.append(_layer(number, fixed, planes, at, channel, weight))
        channel += layer.shape.outputs
        weight += layer.weights.numel()
    inner = ",\n    ".join("{" + ", ".join(map(str, row)) + "}" for row in described)
    tables = [
        defines(numbers),
        f"static const ohm_layer ohm_layers[{len(described)}] = {{\n    {inner}}};",
        table("int32_t", "ohm_multipliers", [each for layer in fixed.layers for each in layer.multipliers]),
        table("int32_t", "ohm_shifts", [each for layer in fixed.layers for each in layer.shifts]),
        table("int32_t", "ohm_biases", [each for layer in fixed.layers for each in layer.bias.tolist()]),
        table(
            "int8_t", "ohm_layer_weights", [each for layer in fixed.layers for each in _channels_last(layer.weights)]
        ),
    ]
    return guarded("OHM_WITH_FIXED_LAYERS", tables)


def _channels_last(weights: Tensor) -> list[int]:
    """Weights [outputs, height, width, inputs], as activations lie."""
    ordered: list[int] = weights.permute(0, 2, 3, 1).flatten().tolist()
    return ordered


def _layer(
    number: int, fixed: FixedLayers, planes: list[Plane], at: list[int], channel: int, weight: int
) -> tuple[int, ...]:
    """Numbers of one `ohm_layer`, in the order of its members."""
    layer = fixed.layers[number]
    shape: ConvolutionShape = layer.shape
    (_, height, width), (_, out_height, out_width) = planes[number], planes[number + 1]
    last = number == len(fixed.layers) - 1
    return (
        shape.inputs, height, width, shape.outputs, out_height, out_width,
        *shape.kernel, *shape.stride, *shape.padding, int(last),
        at[number], 0 if last else at[number + 1], at[number + 1 - shape.skip] if shape.skip else 0,
        weight, channel, layer.skip_multiplier, layer.skip_shift,
    )  # fmt: skip


def _planes(fixed: FixedLayers, drawing: Plane) -> list[Plane]:
    """Shapes of the drawing and of every layer's output."""
    planes = [drawing]
    for layer in fixed.layers:
        _, *sizes = planes[-1]
        shape = layer.shape
        height, width = (
            (size + 2 * margin - kernel) // stride + 1
            for size, margin, kernel, stride in zip(sizes, shape.padding, shape.kernel, shape.stride, strict=True)
        )
        planes.append((shape.outputs, height, width))
    return planes


def _activations(fixed: FixedLayers, drawing: Plane) -> list[Activation]:
    """All activations in bytes: the drawing, and the output of every layer but the last, which is not among them."""
    planes, made = _planes(fixed, drawing), []
    for number, (channels, height, width) in enumerate(planes[:-1]):
        readers = [number, *(k for k, layer in enumerate(fixed.layers) if _skipped_by(layer, k) == number)]
        made.append(Activation(channels * height * width, number - 1, max(readers)))
    return made


def _skipped_by(layer: FixedLayer, number: int) -> int | None:
    """Number of the activation that is added to a layer's output."""
    return number + 1 - layer.shape.skip if layer.shape.skip else None
