from dataclasses import replace

import pytest
import torch

from ohmshot.bundle.familiarity import familiarity, threshold_of
from ohmshot.bundle.file import default_bundle
from ohmshot.bundle.nearest_mean import class_means


def test_familiarity_is_the_largest_cosine_with_a_class_mean() -> None:
    features = torch.tensor([[2.0, 0.0], [4.0, 0.0], [0.0, 3.0]])
    means = class_means(features, torch.tensor([0, 0, 1]), 2)
    assert means.tolist() == [[3.0, 0.0], [0.0, 3.0]]
    asked = torch.tensor([[5.0, 0.0], [3.0, 4.0], [-1.0, 0.0]])
    assert familiarity(asked, means).tolist() == pytest.approx([1.0, 0.8, 0.0])


def test_more_examples_ask_for_more_likeness_and_other_bundles_have_no_threshold() -> None:
    bundle = default_bundle()
    thresholds = [threshold_of(bundle, shots) for shots in range(1, 8)]
    assert thresholds == sorted(thresholds)
    assert thresholds[4] == thresholds[6]
    other = replace(bundle, header=bundle.header.model_copy(update={"name": "another"}))
    assert threshold_of(other, 5) is None
