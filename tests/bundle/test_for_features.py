from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.bundle.for_features import bundle_for
from ohmshot.bundle.hand_made import is_hand_made
from ohmshot.bundle.header import FeaturePreprocessing
from ohmshot.bundle.nearest_mean import nearest_mean_logits
from ohmshot.bundle.preprocess import network_input
from ohmshot.foundation.errors import BundleError, SettingsError
from ohmshot.meta.inner_loop import adapted
from ohmshot.task.own_task import file_kind


def test_each_number_less_its_mean_times_its_scale() -> None:
    preprocessing = FeaturePreprocessing(features=2, mean=(1.0, -1.0), scale=(2.0, 10.0))
    made = network_input(torch.tensor([[[3.0], [0.0]]]), preprocessing)
    assert made.tolist() == [[[[4.0]], [[10.0]]]]
    as_they_are = network_input(torch.tensor([[3.0], [0.0]]), FeaturePreprocessing(features=2))
    assert as_they_are.tolist() == [[[3.0]], [[0.0]]]


def test_features_of_unit_length_have_root_mean_square_1() -> None:
    given = torch.tensor([[[3.0], [4.0]]])
    assert bundle_for(2).features(given).squeeze().tolist() == pytest.approx([0.6 * 2**0.5, 0.8 * 2**0.5])
    assert bundle_for(2, unit_length=False).features(given).tolist() == [[3.0, 4.0]]


def test_the_same_arguments_give_the_same_bundle_which_a_file_keeps(tmp_path: Path) -> None:
    made = bundle_for(64, ways=4, hidden=(128,), updates=3)
    save_bundle(made, tmp_path / "bundle.safetensors")
    loaded = load_bundle(tmp_path / "bundle.safetensors")
    assert loaded.digest == made.digest == bundle_for(64, ways=4, hidden=(128,), updates=3).digest
    assert is_hand_made(loaded.head)
    assert [tuple(layer.shape) for layer in loaded.head] == [(65, 128), (129, 4)]
    assert loaded.rates.shape == (3, 2)


def test_ways_asked_for_and_ways_changed_later_are_the_same() -> None:
    asked, changed = bundle_for(8, ways=20), bundle_for(8, ways=5).for_ways(20)
    torch.testing.assert_close(asked.rates, changed.rates)
    assert asked.header.network == changed.header.network


@pytest.mark.parametrize("wrong", [{"features": 0}, {"ways": 1}, {"hidden": (0,)}, {"copies": 0}, {"updates": 0}])
def test_numbers_too_small_are_told(wrong: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match=r"No bundle can have|learn nothing"):
        bundle_for(**{"features": 8} | wrong)  # type: ignore[arg-type]


def test_other_examples_are_refused() -> None:
    with pytest.raises(BundleError, match="is for features of shape 8 x 1, not 9 x 1"):
        bundle_for(8).features(torch.zeros(3, 9, 1))
    with pytest.raises(BundleError, match="one table"):
        file_kind(bundle_for(8))


def clusters(features: int) -> Tensor:
    """Fifty Gaussian clusters of 20 examples, about as hard for any number of features: [classes, examples, features].

    With shots to find it by, a mean errs along all features, and a distance along one: the power is a quarter.
    """
    random = torch.Generator().manual_seed(features)
    centres = 1.6 * torch.randn(50, 1, features, generator=random) / features**0.25
    return centres + torch.randn(50, 20, features, generator=random)


def digits() -> Tensor:
    """Pixels of 170 of each of scikit-learn's digits: [10, 170, 64]."""
    pixels, labels = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
    return torch.stack([pixels[labels == digit][:170].float() for digit in range(10)])


def accuracies(bundle: Bundle, values: Tensor, tasks: int) -> tuple[float, float]:
    """Per cent of queries that five exact updates, and the nearest mean, answer rightly: 5-way 5-shot tasks."""
    random = torch.Generator().manual_seed(0)
    parts = []
    for _ in range(tasks):
        classes = torch.randperm(len(values), generator=random)[:5]
        chosen = torch.stack([torch.randperm(values.shape[1], generator=random)[:20] for _ in range(5)])
        parts.append(values[classes[:, None], chosen])
    drawn = torch.stack(parts)
    support, query = drawn[:, :, :5].flatten(1, 2), drawn[:, :, 5:].flatten(1, 2)
    labels, wanted = torch.arange(5).repeat_interleave(5), torch.arange(5).repeat_interleave(15)
    standard = bundle.standard(bundle.features(support[..., None]))
    learn, ask = (standard(bundle.features(part[..., None])) for part in (support, query))
    head = adapted(bundle.head, bundle.rates, learn, labels).actual
    answers = heads.forward(head, ask).logits, nearest_mean_logits(support, labels, query, 5)
    first, second = (100 * float((logits.argmax(-1) == wanted).float().mean()) for logits in answers)
    return first, second


@pytest.mark.parametrize("features", [32, 64, 256])
@pytest.mark.parametrize("layers", [1, 2])
def test_five_updates_are_about_as_good_as_the_nearest_mean_on_clusters(features: int, layers: int) -> None:
    bundle = bundle_for(features, hidden=(2 * features,) * (layers - 1))
    updates, nearest = accuracies(bundle, clusters(features), 200)
    assert nearest < 99.5  # there is something to lose
    assert updates > nearest - 1


def test_five_updates_are_about_as_good_as_the_nearest_mean_on_pixels_of_digits() -> None:
    updates, nearest = accuracies(bundle_for(64), digits(), 200)
    assert 80 < nearest < 99
    assert updates > nearest - 1
