"""The fixed convolutions in 8 bits: numbers by hand, floating point, and C against the model."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
import torch

import ohmshot as oh
from controlled import array_for, bundle_named
from controller.compiled import COMPILER, at, compiled
from ohmshot.bundle.header import ConvolutionShape
from ohmshot.controller.firmware.features import Activation, places
from ohmshot.controller.fixed_layers import FixedLayer, FixedLayers, convolved, fixed_layers
from ohmshot.foundation.errors import SettingsError

SHAPE = ConvolutionShape(inputs=1, outputs=1, kernel=(1, 2), stride=(1, 1), padding=(0, 0), rectified=True)
IMAGE = torch.tensor([[[[100, 200, 50]]]])


def _drawings(seed: int, count: int) -> torch.Tensor:
    drawn = oh.load_examples("invented").values.flatten(0, 1)
    return drawn[torch.randperm(len(drawn), generator=torch.Generator().manual_seed(seed))[:count]]


def _layer(**changes: object) -> FixedLayer:
    given = {"weights": torch.tensor([[[[3, -2]]]]), "bias": torch.tensor([7]), "multipliers": (3,), "shifts": (4,)}
    return FixedLayer(**{"shape": SHAPE, **given, **changes})  # type: ignore[arg-type]


def test_a_convolution_is_a_sum_a_multiplier_and_a_rounded_shift() -> None:
    # 3 x 100 - 2 x 200 + 7 = -93, 3 x 200 - 2 x 50 + 7 = 507; 507 x 3 / 16 = 95.06
    assert convolved(_layer(), [IMAGE]).flatten().tolist() == [0, 95]
    assert convolved(_layer(bias=torch.tensor([9])), [IMAGE]).flatten().tolist() == [0, 95]  # 509 x 3 / 16 = 95.44
    assert convolved(_layer(bias=torch.tensor([10])), [IMAGE]).flatten().tolist() == [0, 96]  # 95.63
    assert convolved(_layer(multipliers=(30,)), [IMAGE]).flatten().tolist() == [0, 255]


def test_what_skips_a_layer_is_added_before_the_rectifier() -> None:
    skipped = torch.tensor([[[[80, 80]]]])
    shape = SHAPE.model_copy(update={"skip": 2})
    # -93 x 3 / 16 = -17.44 and 80 x 1 / 2 = 40: 22.56; 95.06 + 40 = 135.06
    layer = _layer(shape=shape, skip_multiplier=1 << 14, skip_shift=15, shifts=(4,))
    assert convolved(layer, [skipped, IMAGE]).flatten().tolist() == [23, 135]


def test_features_of_one_length_are_a_quotient_rounded_away_from_zero() -> None:
    last = SHAPE.model_copy(update={"outputs": 2, "kernel": (1, 1), "rectified": False})
    weights = torch.tensor([[[[3]]], [[[-4]]]])
    layer = FixedLayer(last, weights, torch.zeros(2, dtype=torch.int64), (1, 1), (0, 0))
    layers = FixedLayers((layer,), True, 45, 0, 127)
    # 30 and -40 have the length 50: 45 x 30 / 50 = 27, 45 x 40 / 50 = 36
    assert layers.codes(torch.tensor([[[10]]], dtype=torch.uint8)).tolist() == [[27, -36]]
    assert layers.codes(torch.tensor([[[0]]], dtype=torch.uint8)).tolist() == [[0, 0]]  # nothing to divide by


@pytest.mark.parametrize("name", ["characters", "four-convolutions"])
def test_eight_bits_come_close_to_floating_point(name: str) -> None:
    configuration = array_for(name).controller
    bundle, drawings = bundle_named(name), _drawings(1, 100)
    codes = fixed_layers(bundle, configuration, _drawings(0, 300)).codes(drawings)
    unit = configuration.feature_unit if configuration.standardises else configuration.input_units[0]
    error = (codes * unit - bundle.features(drawings)).square().mean().sqrt()
    assert error < 0.05  # features have a root mean square of 1


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
@pytest.mark.parametrize("name", ["characters", "four-convolutions"])
def test_features_in_c_equal_those_of_the_model(name: str, tmp_path: Path) -> None:
    made = compiled(name, tmp_path, drawings=_drawings(0, 300))
    fixed = made.firmware.fixed
    assert fixed is not None
    generator = torch.Generator().manual_seed(3)
    noise = torch.randint(0, 256, (6, 28, 28), generator=generator).to(torch.uint8)
    plain = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None].expand(2, 28, 28)
    drawings = torch.cat([_drawings(2, 12), noise, plain])
    count = bundle_named(name).header.network.features
    scratch, found = np.full(20_000, 77, np.uint8), np.zeros((len(drawings), count), np.int16)
    for drawing, features in zip(np.ascontiguousarray(drawings.numpy()), found, strict=True):
        made.library.ohm_features(at(drawing), at(scratch), at(features))
    assert np.array_equal(found, fixed.codes(drawings).numpy())
    used = ctypes.c_uint32.in_dll(made.library, "ohm_test_scratch_bytes").value
    assert (scratch[used:] == 77).all()


def test_memory_is_used_again_only_when_nothing_needs_it() -> None:
    drawing, first, second, skipping = (
        Activation(4, -1, 0),
        Activation(6, 0, 2),
        Activation(3, 1, 2),
        Activation(2, 2, 3),
    )
    assert places([drawing, first, second, skipping]) == [0, 4, 0, 10]
    assert places([drawing, first, Activation(3, 1, 1), skipping]) == [0, 4, 0, 0]


def test_other_fixed_parts_are_refused() -> None:
    bundle = bundle_named("first-layer")
    with pytest.raises(SettingsError, match="convolutions over drawings"):
        fixed_layers(bundle, array_for("first-layer").controller, _drawings(0, 2))
