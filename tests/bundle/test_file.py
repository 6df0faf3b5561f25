import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.bundle.header import (
    BundleHeader,
    ConductanceMapping,
    ConvolutionShape,
    DrawingPreprocessing,
    EmgPreprocessing,
    NetworkShape,
    SignalPreprocessing,
)
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from untrained import UNTRAINED


def bundle(preprocessing: DrawingPreprocessing | SignalPreprocessing, shape: tuple[int, int, int]) -> Bundle:
    """Return a bundle of one layer that looks at a whole example."""
    channels, height, width = shape
    layer = ConvolutionShape(inputs=channels, outputs=4, kernel=(height, width), stride=1, padding=0, rectified=False)
    random = torch.Generator().manual_seed(0)
    header = BundleHeader(
        name="test",
        network=NetworkShape(input=shape, convolutions=(layer,), features=4, hidden=(3,), ways=2),
        preprocessing=preprocessing,
        rates=((0.1, 0.1),),
        mapping=ConductanceMapping(weight_full_scale=(1.0, 1.0), input_full_scale=(1.0, 1.0), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    weights = torch.randn(4, channels, height, width, generator=random)
    return Bundle(header, ((weights, torch.zeros(4)),), (torch.zeros(5, 3), torch.zeros(4, 2)))


@pytest.mark.parametrize("version", [1, 2])
def test_a_bundle_of_an_older_version_still_loads(tmp_path: Path, version: int) -> None:
    now, before = bundle(DrawingPreprocessing(), (1, 6, 6)), tmp_path / "older.safetensors"
    save_bundle(now, before)
    tensors, metadata = read_tensors(before)
    fields = json.loads(metadata["ohmshot"])
    fields["format_version"] = version
    fields["network"]["hidden"] = 3
    del fields["mapping"]["copies"], fields["network"]["convolutions"][0]["skip"]
    tensors["head.first"], tensors["head.second"] = tensors.pop("head.0"), tensors.pop("head.1")
    if version == 1:
        del fields["network"]["input"], fields["preprocessing"]["kind"]
        fields["network"]["image_side"] = 6
        fields["network"]["convolutions"][0] |= {"kernel": 6, "stride": 1, "padding": 0}
    write_tensors(before, tensors, {"ohmshot": json.dumps(fields)})
    assert load_bundle(before).digest == now.digest


@pytest.mark.parametrize(
    ("corner", "settings", "head"),
    [(1.0, {}, "hand-made"), (1.5, {"algorithm": "reptile"}, "reptile"), (1.5, {}, "maml")],
)
def test_a_file_that_does_not_say_what_made_its_head_is_judged_by_the_weights(
    tmp_path: Path, corner: float, settings: dict[str, str], head: str
) -> None:
    path, made = tmp_path / "older.safetensors", bundle(DrawingPreprocessing(), (1, 6, 6))
    first = torch.tensor([[corner, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    save_bundle(replace(made, head=(first, torch.zeros(4, 2))), path)
    tensors, metadata = read_tensors(path)
    fields = json.loads(metadata["ohmshot"])
    del fields["provenance"]["head"]
    fields["provenance"]["settings"] = settings
    write_tensors(path, tensors, {"ohmshot": json.dumps(fields)})
    assert load_bundle(path).header.provenance.head == head


def test_a_bundle_for_signals_standardises_each_channel(tmp_path: Path) -> None:
    signals = torch.randn(3, 2, 2, 7, generator=torch.Generator().manual_seed(1))
    one = bundle(SignalPreprocessing(mean=(0.0, 0.0), scale=(1.0, 1.0)), (2, 1, 7))
    two = bundle(SignalPreprocessing(mean=(5.0, -1.0), scale=(0.5, 4.0)), (2, 1, 7))
    save_bundle(two, tmp_path / "signals.safetensors")
    again = load_bundle(tmp_path / "signals.safetensors")
    measured = signals / torch.tensor([0.5, 4.0])[:, None] + torch.tensor([5.0, -1.0])[:, None]
    assert one.features(signals).shape == (3, 2, 4)
    torch.testing.assert_close(again.features(measured), one.features(signals))


def emg_bundle(**network: object) -> Bundle:
    """Return a bundle without convolutions for electromyograms of 2 channels and 3 samples."""
    made = bundle(DrawingPreprocessing(), (1, 6, 6))
    shape = {"input": (4, 1, 1), "convolutions": (), "features": 4, "hidden": (3,), "ways": 2} | network
    fields = made.header.model_dump() | {
        "network": shape,
        "preprocessing": EmgPreprocessing(channels=2, length=3, mean=(0.0,) * 4, scale=(1.0, 1.0, 1.0, 2.0)),
    }
    return Bundle(BundleHeader.model_validate(fields), (), made.head)


def test_a_bundle_without_convolutions_takes_the_input_for_its_features(tmp_path: Path) -> None:
    save_bundle(emg_bundle(), tmp_path / "emg.safetensors")
    again = load_bundle(tmp_path / "emg.safetensors")
    assert again.example_shape == (2, 3)
    counts = torch.tensor([[[1.0, -2.0, 3.0], [4.0, 4.0, 0.0]]])  # paths: 3 + 5 and 0 + 4
    expected = torch.tensor([[2.0, 8 / 3, 4.0, 2.0**2]]).log()
    torch.testing.assert_close(again.features(counts), expected)
    with pytest.raises(BundleError, match="for electromyograms of shape 2 x 3, not 3 x 2"):
        again.features(counts.mT)


def test_a_header_whose_numbers_do_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="as many features as the input has numbers"):
        emg_bundle(features=5)
    with pytest.raises(ValueError, match="preprocessing gives"):
        emg_bundle(input=(2, 2, 1))
    with pytest.raises(ValueError, match="two means and two scales for each channel"):
        EmgPreprocessing(channels=2, length=3, mean=(0.0, 0.0), scale=(1.0, 1.0))


def test_examples_of_another_shape_are_refused() -> None:
    with pytest.raises(BundleError, match="for drawings of shape 6 x 6, not 28 x 28"):
        bundle(DrawingPreprocessing(), (1, 6, 6)).features(torch.zeros(2, 28, 28, dtype=torch.uint8))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A whole bundle on disk."""
    save_bundle(bundle(DrawingPreprocessing(), (1, 6, 6)), tmp_path / "one.safetensors")
    return tmp_path / "one.safetensors"


def test_what_is_saved_comes_back(path: Path) -> None:
    again, made = load_bundle(path), bundle(DrawingPreprocessing(), (1, 6, 6))
    assert again.header == made.header
    assert torch.equal(again.convolutions[0][0], made.convolutions[0][0])
    assert [tuple(layer.shape) for layer in again.head] == [(5, 3), (4, 2)]


def test_a_file_that_is_not_there_or_is_something_else_is_named(path: Path) -> None:
    with pytest.raises(BundleError, match=r"There is no bundle .*nothing"):
        load_bundle(path.with_name("nothing"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BundleError, match=r"one\.safetensors is damaged or no bundle"):
        load_bundle(path)
    write_tensors(path, {"a": torch.zeros(1)}, {})
    with pytest.raises(BundleError, match="but no ohmshot bundle"):
        load_bundle(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 4}, "has format version 4; this ohmshot reads up to 3"),
        ({"format": "something"}, "header of .* is damaged"),
        ({"rates": []}, "header of .* is damaged"),
        ({"rates": [[0.1]]}, "header of .* is damaged"),
        ({"format_version": "two"}, "header of .* is damaged"),
    ],
)
def test_a_header_that_is_newer_or_wrong_is_refused(path: Path, change: dict[str, object], message: str) -> None:
    tensors, metadata = read_tensors(path)
    write_tensors(path, tensors, {"ohmshot": json.dumps(json.loads(metadata["ohmshot"]) | change)})
    with pytest.raises(BundleError, match=message):
        load_bundle(path)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("head.0", None, r"head\.0 must be float32 of shape \(5, 3\)"),
        ("head.1", torch.zeros(3, 2), r"head\.1 must be float32 of shape \(4, 2\)"),
        ("head.1", torch.zeros(4, 2, dtype=torch.float64), r"head\.1 must be float32"),
        ("convolution.0.weight", torch.zeros(4, 1, 6, 5), r"shape \(4, 1, 6, 6\)"),
        ("convolution.0.bias", torch.zeros(3), r"shape \(4,\)"),
        (
            "convolution.0.bias",
            torch.full((4,), float("nan")),
            r"0\.bias holds numbers that are not finite",
        ),
    ],
)
def test_a_tensor_that_is_missing_or_wrong_is_named(
    path: Path, name: str, values: torch.Tensor | None, message: str
) -> None:
    tensors, metadata = read_tensors(path)
    tensors.pop(name)
    write_tensors(path, tensors if values is None else {**tensors, name: values}, metadata)
    with pytest.raises(BundleError, match=message):
        load_bundle(path)


def test_metadata_that_no_bundle_has_are_refused(path: Path) -> None:
    tensors, metadata = read_tensors(path)
    write_tensors(path, tensors, metadata | {"ohmshot.signatur": "{}"})
    with pytest.raises(BundleError, match="metadata that no bundle has"):
        load_bundle(path)
