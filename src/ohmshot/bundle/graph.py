"""An ONNX graph as the fixed part of a bundle: what it takes and gives, checked, and its features by onnxruntime.

A graph comes from a file that others may have made. It is refused where it is too large, refers to other files, or
needs operators that ONNX does not define; onnxruntime then runs it in this process, on the CPU. How long it computes is
not limited: take graphs from people whom you trust that far, or signed bundles (docs/security.md).
"""

import functools
import importlib
import io
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ohmshot.bundle.header import GraphShape
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.foreign_files import reading

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

MOST_BYTES = 256 * 1024**2
"""Largest graph that is taken; a device of this kind has far less memory."""
DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
"""Sets of operators that ONNX defines itself."""
BATCH = "batch"
"""Name of the dimension of the examples, where it may have any size."""


def optional_module(name: str) -> Any:
    """Import a package of the extra `onnx`.

    Raises:
        BundleError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise BundleError(
            f"ONNX graphs need the package {name.partition('.')[0]}. Install it with: pip install 'ohmshot[onnx]'"
        ) from error


def described(content: bytes, source: str) -> tuple[GraphShape, int]:
    """Check an ONNX graph and say what it takes, and how many features it gives.

    Args:
        content: the bytes of an ONNX file.
        source: where they are from, for messages.

    Raises:
        BundleError: no such graph, or one that is refused; or a package of the extra `onnx` is missing.
    """
    if len(content) > MOST_BYTES:
        raise BundleError(
            f"The graph of {source} has {len(content)} bytes; {MOST_BYTES} are taken. Give a smaller one."
        )
    with reading(lambda reason: BundleError(f"{source} is damaged or no ONNX graph ({reason}). Export it again.")):
        shape = _input(_checked(content, source), source)
    count = shape.batch or 2
    given = torch.zeros(count, *shape.shape, dtype=torch.uint8 if shape.dtype == "uint8" else torch.float32)
    try:
        (features,) = _session(content).run(None, {shape.input: given.numpy()})
    except Exception as error:  # onnxruntime has no common class for what a graph can do wrong
        reason = str(error).splitlines()[0]
        raise BundleError(f"onnxruntime cannot run the graph of {source}: {reason}. Export it again.") from error
    if features.dtype != "float32" or features.ndim != 2 or len(features) != count:
        raise BundleError(
            f"The graph of {source} gives {features.dtype} of shape {list(features.shape)} for {count} examples, not "
            "float32 [examples, features]. End it with a flattening of each example."
        )
    return shape, features.shape[1]


def run_graph(content: bytes, shape: GraphShape, values: Tensor, batch: int) -> Tensor:
    """Features of examples, float32 [n, features].

    Args:
        content: the bytes of the graph, which `described` has checked.
        shape: what it takes.
        values: [n, ...], as many numbers each as the graph takes.
        batch: examples in one go where the graph takes any number. Where it takes a fixed one, the last run is filled
            up with zeros.
    """
    session, count = _session(content), shape.batch or batch
    parts = []
    for part in torch.split(values.reshape(-1, *shape.shape), count):
        missing = (count if shape.batch else len(part)) - len(part)
        given = torch.cat([part, part.new_zeros(missing, *shape.shape)])
        (features,) = session.run(None, {shape.input: given.numpy()})
        parts.append(torch.from_numpy(features)[: len(part)])
    return torch.cat(parts)


def graph_bytes(backbone: str | Path | nn.Module, shape: Sequence[int]) -> bytes:
    """Return the bytes of an ONNX file, or a module of torch as an ONNX graph, by `torch.onnx.export`.

    Args:
        backbone: path of an ONNX file, or a module from [n, *shape] to features [n, features]; it is exported as it
            answers in evaluation.
        shape: shape of one example as the module takes it.

    Raises:
        BundleError: the file cannot be read, or torch cannot export the module.
    """
    if isinstance(backbone, nn.Module):
        return _exported(backbone, shape)
    try:
        if (size := Path(backbone).stat().st_size) > MOST_BYTES:
            raise BundleError(f"{backbone} has {size} bytes; {MOST_BYTES} are taken. Give a smaller graph.")
        return Path(backbone).read_bytes()
    except OSError as error:
        raise BundleError(f"The graph {backbone} cannot be read: {error.strerror}. Give an ONNX file.") from error


def _exported(module: nn.Module, shape: Sequence[int]) -> bytes:
    optional_module("onnxscript")
    mode = {part: part.training for part in module.modules()}
    device = next((each.device for each in module.parameters()), torch.device("cpu"))
    try:
        program = torch.onnx.export(
            module.eval(),
            (torch.zeros(2, *shape, device=device),),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim(BATCH)},),
            input_names=["examples"],
            output_names=["features"],
            verbose=False,
        )
    except Exception as error:  # any operator of the module may refuse in its own way
        reason = str(error).strip().splitlines()[0]
        raise BundleError(
            f"torch cannot export this module for examples of shape {tuple(shape)}: {reason} Give an ONNX file, or "
            "features that you computed."
        ) from error
    finally:
        for part, training in mode.items():
            part.training = training
    assert program is not None
    content: bytes = _bare(program.model_proto).SerializeToString()
    return content


def _bare(model: "ModelProto") -> "ModelProto":
    """Take out what says where and how a graph was made, such as paths of source files."""
    del model.metadata_props[:]
    for graph in _graphs(model):
        del graph.metadata_props[:]
        for entry in (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
            entry.doc_string = ""
            del entry.metadata_props[:]
    return model


@functools.lru_cache(maxsize=4)
def _session(content: bytes) -> Any:
    """Session of a graph, kept for the next call."""
    onnxruntime = optional_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors only: they come as exceptions too
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _checked(content: bytes, source: str) -> "ModelProto":
    """Parse a graph and refuse what reaches out of it."""
    onnx = optional_module("onnx")
    try:
        model: ModelProto = onnx.load_model(io.BytesIO(content), load_external_data=False)
    except Exception as error:  # protobuf's DecodeError, which is no part of the public names
        raise BundleError(f"{source} is damaged or no ONNX graph. Export it again.") from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model)):
        raise BundleError(
            f"The graph of {source} keeps weights in other files. Save it as one file (onnx.save without "
            "save_as_external_data)."
        )
    foreign = sorted({entry.domain for entry in (*model.opset_import, *model.functions)} - set(DOMAINS))
    foreign += sorted({node.domain for node in _nodes(model)} - {*DOMAINS, *foreign})
    if foreign:
        raise BundleError(f"The graph of {source} needs operators that ONNX lacks ({', '.join(foreign)}). Do without.")
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        reason = str(error).splitlines()[0]
        raise BundleError(f"The graph of {source} is not valid ONNX: {reason} Export it again.") from error
    return model


def _input(model: "ModelProto", source: str) -> GraphShape:
    """What a graph takes."""
    onnx = optional_module("onnx")
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [each for each in model.graph.input if each.name not in weights]
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise BundleError(
            f"The graph of {source} has {len(inputs)} inputs and {len(model.graph.output)} outputs. Give one that "
            "turns one input, the examples, into one output, their features."
        )
    kind = inputs[0].type.tensor_type
    types = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.UINT8: "uint8"}
    if kind.elem_type not in types:
        name = onnx.TensorProto.DataType.Name(kind.elem_type)
        raise BundleError(f"The graph of {source} takes {name}. Give one that takes FLOAT, or drawings as UINT8.")
    sizes = [dim.dim_value for dim in kind.shape.dim]
    if not 2 <= len(sizes) <= 4 or min(sizes[1:]) < 1 or prod(sizes[1:]) > MOST_BYTES // 4:
        shown = ", ".join(str(dim.dim_value or dim.dim_param or "?") for dim in kind.shape.dim)
        raise BundleError(
            f"The graph of {source} takes [{shown}]. Give one that takes [examples, features], [examples, channels, "
            "length] or [examples, channels, height, width], all sizes but the first known."
        )
    return GraphShape(
        input=inputs[0].name,
        shape=tuple(sizes[1:]),
        dtype="uint8" if kind.elem_type == onnx.TensorProto.UINT8 else "float32",
        batch=sizes[0] or None,
    )


def _nodes(model: "ModelProto") -> "list[NodeProto]":
    """All nodes, those in functions and in graphs within nodes (the branches of an If, the body of a Loop) too."""
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    for node in nodes:  # which grows
        nodes += [inner for graph in _inner(node) for inner in graph.node]
    return nodes


def _inner(node: "NodeProto") -> "list[GraphProto]":
    held = [entry.g for entry in node.attribute if entry.HasField("g")]
    return held + [graph for entry in node.attribute for graph in entry.graphs]


def _graphs(model: "ModelProto") -> "list[GraphProto]":
    return [model.graph, *(graph for node in _nodes(model) for graph in _inner(node))]


def _tensors(model: "ModelProto") -> "Iterator[TensorProto]":
    """All tensors that a model holds."""
    sparse = [each for graph in _graphs(model) for each in graph.sparse_initializer]
    for graph in _graphs(model):
        yield from graph.initializer
    for node in _nodes(model):
        for entry in node.attribute:
            yield from (entry.t, *entry.tensors)
            sparse += [entry.sparse_tensor, *entry.sparse_tensors]
    for each in sparse:
        yield from (each.values, each.indices)
