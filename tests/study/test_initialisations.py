import pytest
import torch

from ohmshot.bundle.file import default_bundle
from ohmshot.data.invented import invented_alphabets
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.study.initialisations import (
    Training,
    chosen_in_software,
    chosen_through_hardware,
    maml_through_hardware,
    plain_maml,
    training_on,
)

MODEL = WriteErrorModel((1.0, 0.3), (0.0, 0.4, 0.7, 1.0), (0.02, 0.03, 0.03, 0.03))


@pytest.fixture(scope="module")
def training() -> Training:
    return training_on(default_bundle(), invented_alphabets(3, 7, 6, 20), seed=0, iterations=3, held_out_episodes=20)


def test_every_initialisation_begins_at_chance_and_serves_any_number_of_ways(training: Training) -> None:
    bundles = [
        plain_maml(training),
        chosen_in_software(training),
        chosen_through_hardware(training, MODEL),
        maml_through_hardware(training, MODEL),
    ]
    for bundle in bundles:
        assert not bool(bundle.head[1].any())
        assert bundle.for_ways(7).head[1].shape[1] == 7
        assert bool((bundle.rates >= 0).all())


def test_plain_maml_needs_the_window_that_its_weights_take(training: Training) -> None:
    bundle = plain_maml(training)
    assert bundle.header.mapping.weight_full_scale[0] == pytest.approx(float(bundle.head[0].abs().max()))


def test_the_bundle_that_was_given_stays_as_it_was(training: Training) -> None:
    before = training.bundle.head[0].clone()
    maml_through_hardware(training, MODEL)
    torch.testing.assert_close(training.bundle.head[0], before, rtol=0, atol=0)
