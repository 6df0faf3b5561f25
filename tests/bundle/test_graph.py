"""Graphs out of bundles and into them, run by onnxruntime."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from ohmshot.bundle import graph as graphs
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle, save_bundle, shipped_bundle
from ohmshot.bundle.for_features import bundle_behind, bundle_for
from ohmshot.bundle.header import EmgPreprocessing, FeaturePreprocessing, SignalPreprocessing
from ohmshot.bundle.onnx_export import export_onnx
from ohmshot.data.examples import Examples
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors


@pytest.fixture(scope="module")
def drawings() -> Examples:
    return invented_alphabets(0, 1, 3, 4)


def by_onnxruntime(path: Path, examples: Tensor) -> Tensor:
    """Features by the runtime alone, without a line of ours."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (features,) = session.run(["features"], {"examples": examples.numpy()})
    return torch.from_numpy(features)


@pytest.mark.parametrize("name", ["characters", "four-convolutions"])
def test_an_exported_graph_gives_the_features_of_its_bundle_and_so_does_a_bundle_of_it(
    tmp_path: Path, drawings: Examples, name: str
) -> None:
    bundle, path, values = shipped_bundle(name), tmp_path / "fixed.onnx", drawings.values.flatten(0, 1)
    export_onnx(bundle, path)
    wanted = bundle.features(values)
    torch.testing.assert_close(by_onnxruntime(path, values), wanted, rtol=0, atol=2e-5)
    again = bundle_behind(path, "drawing", (28, 28), unit_length=False)
    save_bundle(again, tmp_path / "again.safetensors")
    loaded = load_bundle(tmp_path / "again.safetensors")
    assert loaded.digest == again.digest
    torch.testing.assert_close(loaded.features(drawings.values, batch=5).flatten(0, 1), wanted, rtol=0, atol=2e-5)


SIGNAL = SignalPreprocessing(mean=(1.0, -2.0), scale=(0.5, 3.0))
EMG = EmgPreprocessing(channels=2, length=9, mean=(1.0, 2.0, 3.0, 4.0), scale=(1.0, 2.0, 0.5, 1.0))


@pytest.mark.parametrize(
    ("preprocessing", "shape"),
    [(SIGNAL, (2, 1, 9)), (EMG, (4, 1, 1)), (FeaturePreprocessing(features=4, mean=(1.0, 2.0, 3.0, 4.0)), (4, 1, 1))],
)
@pytest.mark.parametrize("unit_length", [True, False])
def test_preprocessing_and_unit_length_are_said_in_onnx(
    tmp_path: Path,
    preprocessing: SignalPreprocessing | EmgPreprocessing | FeaturePreprocessing,
    shape: tuple[int, int, int],
    unit_length: bool,
) -> None:
    bundle = bundle_for(int(np.prod(shape)), unit_length=unit_length)
    network = bundle.header.network.model_copy(update={"input": shape})
    update = {"network": network, "preprocessing": preprocessing}
    bundle = replace(bundle, header=bundle.header.model_copy(update=update))
    examples = 20 * torch.randn(3, *bundle.example_shape, generator=torch.Generator().manual_seed(0))
    export_onnx(bundle, tmp_path / "fixed.onnx")
    given = examples.squeeze(-1) if preprocessing.kind == "features" else examples
    got = by_onnxruntime(tmp_path / "fixed.onnx", given)
    torch.testing.assert_close(got, bundle.features(examples), rtol=1e-5, atol=1e-5)


class Pooled(nn.Module):
    """Means of channels of images, which end in a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution, self.norm, self.last = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 6)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.last(torch.relu(self.norm(self.convolution(images))).mean((2, 3)))
        return features


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_module_of_torch_becomes_the_fixed_part_as_it_answers_in_evaluation(tmp_path: Path) -> None:
    module = Pooled().train()
    bundle = bundle_behind(module, "image", (3, 10, 12), unit_length=False)
    assert module.training
    images = torch.randn(2, 3, 3, 10, 12, generator=torch.Generator().manual_seed(1))
    wanted = module.eval()(images.flatten(0, 1)).detach().view(2, 3, 6)
    torch.testing.assert_close(bundle.features(images), wanted, rtol=1e-4, atol=1e-5)
    assert str(Path.cwd()).encode() not in bundle.graph
    save_bundle(bundle, tmp_path / "own.safetensors")
    assert load_bundle(tmp_path / "own.safetensors").digest == bundle.digest
    unit = replace(
        bundle,
        header=bundle.header.model_copy(
            update={"network": bundle.header.network.model_copy(update={"unit_length": True})}
        ),
    )
    export_onnx(unit, tmp_path / "unit.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "unit.onnx"), providers=["CPUExecutionProvider"])
    (features,) = session.run(None, {"examples": images.flatten(0, 1).numpy()})
    torch.testing.assert_close(torch.from_numpy(features), unit.features(images).flatten(0, 1), rtol=1e-4, atol=1e-5)


def doubling(batch: int | str = "n", size: int = 4, **changes: object) -> onnx.ModelProto:
    """Graph that doubles features; the changes replace fields of its parts."""
    kind = changes.get("kind", onnx.TensorProto.FLOAT)
    given = onnx.helper.make_tensor_value_info("x", kind, [batch, size])
    out = onnx.helper.make_tensor_value_info("y", kind, [batch, size])
    two = onnx.numpy_helper.from_array(
        np.array(2, np.float64 if kind == onnx.TensorProto.DOUBLE else np.float32), "two"
    )
    node = onnx.helper.make_node("Mul", ["x", "two"], ["y"], domain=str(changes.get("domain", "")))
    graph = onnx.helper.make_graph([node], "doubling", [given], [out], [two])
    opsets = [onnx.helper.make_opsetid(domain, 17) for domain in {"", str(changes.get("domain", ""))}]
    return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8)


def written(model: onnx.ModelProto, folder: Path) -> Path:
    path = folder / "graph.onnx"
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("batch", ["n", 1, 3])
def test_a_graph_takes_any_number_of_examples_or_a_fixed_one(tmp_path: Path, batch: int | str) -> None:
    bundle = bundle_behind(written(doubling(batch), tmp_path), "features", (4, 1), unit_length=False)
    values = torch.arange(28.0).view(7, 4, 1)
    assert torch.equal(bundle.features(values, batch=4), 2 * values.squeeze(-1))


def with_external_weights() -> onnx.ModelProto:
    model = doubling()
    model.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    entry = model.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return model


def hidden_in_a_branch() -> onnx.ModelProto:
    """The same, but in the branch of an If."""
    value = onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [])
    branch = onnx.helper.make_graph(
        [onnx.helper.make_node("Constant", [], ["z"], value=with_external_weights().graph.initializer[0])],
        "b",
        [],
        [value],
    )
    model = doubling()
    model.graph.node.append(onnx.helper.make_node("If", ["x"], ["w"], then_branch=branch, else_branch=branch))
    return model


def with_two_outputs() -> onnx.ModelProto:
    model = doubling()
    model.graph.output.append(onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 4]))
    return model


def of_three_dimensions() -> onnx.ModelProto:
    model = doubling()
    del model.graph.node[:]
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([1]), "one"))
    model.graph.node.append(onnx.helper.make_node("Unsqueeze", ["x", "one"], ["y"]))
    model.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 1, 4]))
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (with_external_weights(), "keeps weights in other files"),
        (hidden_in_a_branch(), "keeps weights in other files"),
        (doubling(domain="own.operators"), r"operators that ONNX lacks \(own.operators\)"),
        (doubling(kind=onnx.TensorProto.DOUBLE), "takes DOUBLE"),
        (with_two_outputs(), "1 inputs and 2 outputs"),
        (of_three_dimensions(), r"shape \[2, 1, 4\] for 2 examples"),
        (doubling(size=0), "all sizes but the first known"),
        (doubling(size=5), "takes float32 of shape \\[5\\] for each example"),
    ],
)
def test_a_graph_that_is_refused_is_told_why(tmp_path: Path, model: onnx.ModelProto, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        bundle_behind(written(model, tmp_path), "features", (4, 1))


def test_no_graph_a_large_one_and_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.onnx"
    with pytest.raises(BundleError, match="cannot be read"):
        bundle_behind(path, "features", (4, 1))
    path.write_bytes(b"no graph at all")
    with pytest.raises(BundleError, match="no ONNX graph"):
        bundle_behind(path, "features", (4, 1))
    written(doubling(), tmp_path)
    monkeypatch.setattr(graphs, "MOST_BYTES", 10)
    with pytest.raises(BundleError, match="10 are taken"):
        bundle_behind(path, "features", (4, 1))


def test_a_missing_package_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(doubling(), tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(BundleError, match=r"pip install 'ohmshot\[onnx\]'"):
        bundle_behind(path, "features", (4, 1))


def test_a_bundle_whose_graph_was_changed_is_refused_or_is_another_bundle(tmp_path: Path) -> None:
    bundle, path = bundle_behind(written(doubling(), tmp_path), "features", (4, 1)), tmp_path / "bundle.safetensors"
    save_bundle(bundle, path)
    tensors, metadata = read_tensors(path)
    other = tensors | {"graph": torch.frombuffer(bytearray(doubling(batch=3).SerializeToString()), dtype=torch.uint8)}
    write_tensors(path, other, metadata)
    with pytest.raises(BundleError, match="not the one that its header tells of"):
        load_bundle(path)
    del other["graph"]
    write_tensors(path, other, metadata)
    with pytest.raises(BundleError, match="lacks the bytes of its graph"):
        load_bundle(path)
    assert replace(bundle, graph=bundle.graph + b" ").digest != bundle.digest


def test_bundles_without_a_graph_say_nothing_of_one() -> None:
    made: Bundle = shipped_bundle("characters")
    assert "graph" not in made.header.model_dump_json()
    assert made.digest == "a2470fa93aa178718775b90db75dd6244aa3ef941eab45bf5a100fc468a108c5"
