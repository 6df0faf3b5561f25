"""The fixed part of a bundle as an ONNX graph, from examples as they are stored to features."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ohmshot
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.graph import BATCH, optional_module
from ohmshot.bundle.header import (
    DrawingPreprocessing,
    EmgPreprocessing,
    FeaturePreprocessing,
    SignalPreprocessing,
)
from ohmshot.foundation.files import write_bytes

OPSET = 17
"""Operators of ONNX 1.12 (2022), which runtimes of small devices know."""
SMALLEST_LENGTH = 1e-12
"""Keeps features that are all zero from dividing by zero, as `torch.nn.functional.normalize` does."""


def export_onnx(bundle: Bundle, path: str | Path) -> None:
    """Write the fixed part of a bundle as an ONNX file: preprocessing, convolutions and unit length.

    The graph has one input ``examples`` and one output ``features``, float32 [examples, features]. It takes drawings
    uint8 [n, side, side], signals and electromyograms float32 [n, channels, length], features float32 [n, features] or
    images float32 [n, channels, height, width], any n. The log-mel image of speech follows where the voiced part lies,
    and stays outside: for speech the graph takes that image, float32 [n, bands, 1, frames]
    (`ohmshot.bundle.speech.log_mel`). The standard of a task depends on its support set, so it stays with the host.
    Where the fixed part is an ONNX graph already, it is that graph, which takes what it took, with unit length behind.

    Args:
        bundle: with convolutions or without.
        path: the file, written whole or not at all.

    Raises:
        BundleError: the package onnx is missing.
        OhmshotError: the file cannot be written.

    Examples:
        >>> import ohmshot as oh
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "fixed-part.onnx"
        >>> oh.export_onnx(oh.bundle_for(64), path)
        >>> path.exists()
        True
    """
    write_bytes(Path(path), onnx_bytes(bundle))


def onnx_bytes(bundle: Bundle) -> bytes:
    """Return the content of the file that `export_onnx` writes."""
    network = bundle.header.network
    onnx = optional_module("onnx")
    if bundle.graph:
        return _of_unit_length(onnx, bundle) if network.unit_length else bundle.graph
    graph = _Graph(onnx)
    values = _preprocessed(graph, bundle)
    inputs = [values]
    for (weight, bias), shape in zip(bundle.convolutions, network.convolutions, strict=True):
        pads = [*shape.padding, *shape.padding]
        held = graph.weight(weight.numpy()), graph.weight(bias.numpy())
        values = graph.node("Conv", inputs[-1], *held, strides=list(shape.stride), pads=pads)
        if shape.skip:
            values = graph.node("Add", values, inputs[-shape.skip])
        inputs.append(graph.node("Relu", values) if shape.rectified else values)
    features = graph.node("Flatten", inputs[-1], axis=1)
    if network.unit_length:
        length = graph.node("ReduceL2", features, axes=[1], keepdims=1)
        length = graph.node("Max", length, graph.number(SMALLEST_LENGTH))
        features = graph.node("Div", features, graph.node("Div", length, graph.number(math.sqrt(network.features))))
    return graph.finished(features, network.features, bundle.header.name)


class _Graph:
    """A graph that grows node by node; values go by their names."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.inputs: list[Any] = []

    def input(self, kind: str, *shape: int) -> str:
        """The input of the graph, by the name of its type in ONNX and the shape of one example."""
        type_of = getattr(self.onnx.TensorProto, kind)
        self.inputs.append(self.onnx.helper.make_tensor_value_info("examples", type_of, [BATCH, *shape]))
        return "examples"

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Result of an operator."""
        name = f"value{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def weight(self, values: NDArray[Any]) -> str:
        """A constant tensor."""
        name = f"weight{len(self.weights)}"
        self.weights.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def number(self, value: float | tuple[float, ...], *shape: int) -> str:
        """A constant of float32, of a shape if it has more than one number."""
        return self.weight(np.array(value, dtype=np.float32).reshape(shape if isinstance(value, tuple) else ()))

    def integers(self, *values: int) -> str:
        """A constant of int64, [n]."""
        return self.weight(np.array(values, dtype=np.int64))

    def standardised(
        self, values: str, mean: float | tuple[float, ...], scale: float | tuple[float, ...], *shape: int
    ) -> str:
        """Each number less its mean, times its scale; both of this shape."""
        return self.node("Mul", self.node("Sub", values, self.number(mean, *shape)), self.number(scale, *shape))

    def finished(self, features: str, count: int, name: str) -> bytes:
        """Content of the file of the graph, checked."""
        helper = self.onnx.helper
        output = helper.make_tensor_value_info("features", self.onnx.TensorProto.FLOAT, [BATCH, count])
        nodes = [*self.nodes, helper.make_node("Identity", [features], ["features"])]
        graph = helper.make_graph(nodes, name, self.inputs, [output], self.weights)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=8,  # the one that belongs to this set of operators
            producer_name="ohmshot",
            producer_version=ohmshot.__version__,
        )
        self.onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content


def _preprocessed(graph: _Graph, bundle: Bundle) -> str:
    """The network's input, [n, channels, height, width], of examples as they are stored (`network_input`).

    Images are that input already; of speech it is what the graph takes.
    """
    made = bundle.header.preprocessing
    channels, height, width = bundle.header.network.input
    if isinstance(made, DrawingPreprocessing):
        drawings = graph.node("Cast", graph.input("UINT8", height, width), to=graph.onnx.TensorProto.FLOAT)
        return graph.node("Mul", graph.node("Unsqueeze", drawings, graph.integers(1)), graph.number(made.scale))
    if isinstance(made, FeaturePreprocessing):
        standard = graph.standardised(graph.input("FLOAT", channels), made.mean, made.scale, channels)
        return graph.node("Unsqueeze", standard, graph.integers(2, 3))
    if isinstance(made, SignalPreprocessing):
        standard = graph.standardised(graph.input("FLOAT", channels, width), made.mean, made.scale, channels, 1)
        return graph.node("Unsqueeze", standard, graph.integers(2))
    if isinstance(made, EmgPreprocessing):
        standard = graph.standardised(_log_amplitudes(graph, made), made.mean, made.scale, channels)
        return graph.node("Unsqueeze", standard, graph.integers(2, 3))
    return graph.input("FLOAT", channels, height, width)


def _of_unit_length(onnx: Any, bundle: Bundle) -> bytes:
    """The graph of a bundle with the division by the length of the features behind it."""
    model = onnx.load_model_from_string(bundle.graph)
    given, root = model.graph.output[0].name, f"{model.graph.output[0].name}_root"
    size = np.array(math.sqrt(bundle.header.network.features), dtype=np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(size, root))
    nodes = (
        onnx.helper.make_node("LpNormalization", [given], [f"{given}_direction"], axis=1, p=2),
        onnx.helper.make_node("Mul", [f"{given}_direction", root], [f"{given}_of_unit_length"]),
    )
    model.graph.node.extend(nodes)
    model.graph.output[0].name = f"{given}_of_unit_length"
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def _log_amplitudes(graph: _Graph, made: EmgPreprocessing) -> str:
    """`ohmshot.bundle.preprocess.log_amplitudes` in operators: [n, channels, length] to [n, 2 * channels]."""
    counts, last = graph.input("FLOAT", made.channels, made.length), graph.integers(2)
    later = graph.node("Slice", counts, graph.integers(1), graph.integers(made.length), last)
    before = graph.node("Slice", counts, graph.integers(0), graph.integers(made.length - 1), last)
    sizes = [graph.node("Abs", counts), graph.node("Abs", graph.node("Sub", later, before))]
    means = [graph.node("ReduceMean", size, axes=[2], keepdims=0) for size in sizes]
    joined = graph.node("Concat", *means, axis=1)
    return graph.node("Log", graph.node("Max", joined, graph.number(made.floor)))
