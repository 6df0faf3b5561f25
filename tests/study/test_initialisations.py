import dataclasses
from pathlib import Path

import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.invented import invented_alphabets
from ohmshot.data.source import evaluation_drawings
from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.settings import preset
from ohmshot.meta.split import retrained_on_all, split_groups
from ohmshot.study.initialisations import (
    Training,
    chosen_in_software,
    chosen_through_hardware,
    maml_through_hardware,
    plain_maml,
    require_unseen,
    training_examples_beside,
    training_on,
    unseen_bundle,
    unseen_training,
)
from ohmshot.study.study import Size

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


def no_progress(*report: object) -> None:
    """Reports to nobody."""


def test_a_bundle_that_has_seen_the_held_out_alphabets_is_refused() -> None:
    drawings = invented_alphabets(3, 7, 6, 20)
    with pytest.raises(SettingsError, match="trained on all alphabets of invented alphabets"):
        require_unseen(trained_by(drawings.name, 0, retrain_on_all=True), drawings)
    require_unseen(trained_by(drawings.name, 0, retrain_on_all=False), drawings)
    require_unseen(trained_by("omniglot background", 0, retrain_on_all=True), drawings)


def test_a_bundle_of_its_own_is_trained_once_in_place_of_one_that_has_seen_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path))
    monkeypatch.setattr(
        "ohmshot.study.initialisations.preset",
        lambda name: preset(name).model_copy(update={"warm_up_iterations": 1, "held_out_episodes": 10}),
    )
    evaluated = evaluation_drawings("invented")
    shipped = shipped_bundle("four-convolutions")
    assert unseen_bundle(shipped, evaluated, "small", no_progress) is shipped  # it learned from Omniglot alone
    seen = trained_by("invented alphabets", 0, retrain_on_all=True)
    reports: list[object] = []
    own = unseen_bundle(seen, evaluated, "small", lambda *report: reports.append(report))
    assert reports
    made = own.header.provenance
    assert made.training_data == "invented alphabets, 1 of 30 groups held out"
    assert made.head == "hand-made"
    assert not retrained_on_all(made, training_examples_beside(evaluated))
    again = unseen_bundle(seen, evaluated, "small", lambda *report: pytest.fail("trained again"))
    assert again.digest == own.digest


@pytest.mark.parametrize("size", ["small", "default"])
def test_the_study_s_own_bundle_has_a_hand_made_head_and_leaves_alphabets_out(size: Size) -> None:
    settings = unseen_training(size)
    assert (settings.head_iterations, settings.joint_iterations, settings.retrain_on_all) == (0, 0, False)
    assert (settings.hidden, settings.features, settings.copies_of_layers) == ((38,), 19, (1, 1))
