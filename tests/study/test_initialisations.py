import dataclasses

import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.invented import invented_alphabets
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.split import split_groups
from ohmshot.studies.hardware_aware.measure import reservations
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
    return training_on(
        shipped_bundle("four-convolutions"), invented_alphabets(3, 7, 6, 20), seed=0, iterations=3, held_out_episodes=20
    )


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


def trained_by(data: str, seed: int, **settings: int) -> Bundle:
    """The shipped bundle as if trained on other data."""
    bundle = shipped_bundle("four-convolutions")
    update = {"training_data": data, "seed": seed, "settings": settings}
    provenance = bundle.header.provenance.model_copy(update=update)
    return dataclasses.replace(bundle, header=bundle.header.model_copy(update={"provenance": provenance}))


@pytest.mark.parametrize(("data", "seed"), [("invented alphabets, 1 held out", 4), ("omniglot background", 0)])
def test_alphabets_that_the_bundle_was_trained_on_are_split_as_there(data: str, seed: int) -> None:
    drawings = invented_alphabets(3, 7, 6, 20)
    count = 1 if data.startswith(drawings.name) else 5
    training = training_on(trained_by(data, 4, held_out_alphabets=1), drawings, 0, 3, 20)
    held_out = split_groups(drawings, count, seed).held_out
    assert training.held_out.material.examples.group.unique().tolist() == list(held_out)


def test_the_study_says_where_its_held_out_alphabets_are_no_new_ones() -> None:
    drawings = invented_alphabets(3, 7, 6, 20)
    (said,) = reservations(trained_by(drawings.name, 0, retrain_on_all=True), drawings)
    assert "these judge too kindly" in said
    assert not list(reservations(trained_by(drawings.name, 0, retrain_on_all=False), drawings))
    assert not list(reservations(trained_by("omniglot background", 0, retrain_on_all=True), drawings))
