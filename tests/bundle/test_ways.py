import dataclasses

import pytest
import torch

from ohmshot.bundle.bundle import of_unit_length
from ohmshot.bundle.file import shipped_bundle
from ohmshot.foundation.errors import SettingsError


def test_a_bundle_whose_second_layer_is_zero_serves_any_number_of_ways() -> None:
    bundle = shipped_bundle("four-convolutions")
    wide = bundle.for_ways(20)
    assert wide.head[1].shape == (bundle.header.network.hidden[-1] + 1, 20)
    torch.testing.assert_close(wide.rates, 4 * bundle.rates)
    assert bundle.for_ways(5) is bundle


def test_a_second_layer_that_is_not_zero_belongs_to_its_classes() -> None:
    bundle = shipped_bundle("four-convolutions")
    fixed = dataclasses.replace(bundle, head=(bundle.head[0], torch.ones_like(bundle.head[1])))
    with pytest.raises(SettingsError, match="5 classes"):
        fixed.for_ways(4)


def test_features_of_unit_length_have_a_root_mean_square_of_one() -> None:
    features = of_unit_length(torch.randn(7, 19))
    torch.testing.assert_close(features.square().mean(1), torch.ones(7))
