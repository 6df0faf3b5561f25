import json
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
    NetworkShape,
    Provenance,
    SignalPreprocessing,
)
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors


def bundle(preprocessing: DrawingPreprocessing | SignalPreprocessing, shape: tuple[int, int, int]) -> Bundle:
    """Return a bundle of one layer that looks at a whole example."""
    channels, height, width = shape
    layer = ConvolutionShape(inputs=channels, outputs=4, kernel=(height, width), stride=1, padding=0, rectified=False)
    random = torch.Generator().manual_seed(0)
    header = BundleHeader(
        name="test",
        network=NetworkShape(input=shape, convolutions=(layer,), features=4, hidden=3, ways=2),
        preprocessing=preprocessing,
        rates=((0.1, 0.1),),
        mapping=ConductanceMapping(weight_full_scale=(1.0, 1.0), input_full_scale=(1.0, 1.0)),
        provenance=Provenance(
            ohmshot_version="0", torch_version="0", created="", seed=0, training_data="", settings={}, metrics={}
        ),
    )
    weights = torch.randn(4, channels, height, width, generator=random)
    return Bundle(header, ((weights, torch.zeros(4)),), (torch.zeros(5, 3), torch.zeros(4, 2)))


def test_a_bundle_of_the_first_version_still_loads(tmp_path: Path) -> None:
    now, before = bundle(DrawingPreprocessing(), (1, 6, 6)), tmp_path / "version1.safetensors"
    save_bundle(now, before)
    tensors, metadata = read_tensors(before)
    fields = json.loads(metadata["ohmshot"])
    fields["format_version"] = 1
    del fields["network"]["input"], fields["preprocessing"]["kind"]
    fields["network"]["image_side"] = 6
    fields["network"]["convolutions"][0] |= {"kernel": 6, "stride": 1, "padding": 0}
    write_tensors(before, tensors, {"ohmshot": json.dumps(fields)})
    assert load_bundle(before).digest == now.digest


def test_a_bundle_for_signals_standardises_each_channel(tmp_path: Path) -> None:
    signals = torch.randn(3, 2, 2, 7, generator=torch.Generator().manual_seed(1))
    one = bundle(SignalPreprocessing(mean=(0.0, 0.0), scale=(1.0, 1.0)), (2, 1, 7))
    two = bundle(SignalPreprocessing(mean=(5.0, -1.0), scale=(0.5, 4.0)), (2, 1, 7))
    save_bundle(two, tmp_path / "signals.safetensors")
    again = load_bundle(tmp_path / "signals.safetensors")
    measured = signals / torch.tensor([0.5, 4.0])[:, None] + torch.tensor([5.0, -1.0])[:, None]
    assert one.features(signals).shape == (3, 2, 4)
    torch.testing.assert_close(again.features(measured), one.features(signals))


def test_examples_of_another_shape_are_refused() -> None:
    with pytest.raises(BundleError, match="for drawings of shape 6 x 6, not 28 x 28"):
        bundle(DrawingPreprocessing(), (1, 6, 6)).features(torch.zeros(2, 28, 28, dtype=torch.uint8))
