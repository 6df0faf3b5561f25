"""A chip as a scikit-learn estimator: its conventions, its answers, and what it refuses."""

import copy
import importlib
import pickle
import re
import warnings
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ohmshot as oh
from ohmshot.adapt.software import software_heads
from ohmshot.bundle import head as heads
from ohmshot.bundle.file import default_bundle
from ohmshot.data.digits import load_digits as load_drawings
from ohmshot.foundation.errors import DataError, SettingsError

NOISE = "each read of a chip draws noise of its own, by its place among the reads; the ideal cell passes this check"
EXPECTED_TO_FAIL = {"check_methods_sample_order_invariance": NOISE, "check_methods_subset_invariance": NOISE}


def noisy_checks(estimator: object) -> dict[str, str]:
    """Checks that a chip with read noise can't pass; none of the ideal cell's."""
    return {} if estimator.technology == "ideal" else EXPECTED_TO_FAIL  # type: ignore[attr-defined]


# Of scikit-learn 1.8: a check that fails by name must fail.
STRICT: dict[str, bool] = (
    {"xfail_strict": True} if "xfail_strict" in signature(parametrize_with_checks).parameters else {}
)


@parametrize_with_checks(
    [oh.sklearn.OnChipClassifier(), oh.sklearn.OnChipClassifier(technology="ideal")],
    expected_failed_checks=noisy_checks,
    **STRICT,
)
def test_scikit_learns_own_checks(estimator: object, check: object) -> None:
    check(estimator)  # type: ignore[operator]


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Half the digits, shuffled: [900, 64] grey levels and labels."""
    order = np.random.default_rng(0).permutation(1797)[:900]
    images, labels = load_digits(return_X_y=True)
    return images[order], labels[order]


@pytest.fixture(scope="module")
def learned(digits: tuple[np.ndarray, np.ndarray]) -> oh.sklearn.OnChipClassifier:
    """A chip that has learned 100 digits."""
    return oh.sklearn.OnChipClassifier().fit(digits[0][:100], digits[1][:100])


def test_a_chip_in_a_pipeline_answers_digits_as_well_as_the_nearest_mean(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    folds = StratifiedKFold(3, shuffle=True, random_state=0)

    def score(last: object) -> float:
        return float(cross_val_score(make_pipeline(StandardScaler(), PCA(19), last), *digits, cv=folds).mean())

    chip, nearest = score(oh.sklearn.OnChipClassifier()), score(NearestCentroid())
    assert nearest > 0.85
    assert chip > nearest - 0.01


def test_the_chip_is_within_three_points_of_exact_weights(digits: tuple[np.ndarray, np.ndarray]) -> None:
    train, test = slice(0, 300), slice(300, 900)
    model = oh.sklearn.OnChipClassifier().fit(digits[0][train], digits[1][train])
    labels = torch.from_numpy(digits[1][train])  # the digits are their own numbers
    features, asked = model.features_of(digits[0][train]), model.features_of(digits[0][test])
    standard = model.bundle_.standard(features, labels)
    *_, head = software_heads(model.bundle_, standard(features), labels)
    exact = float((heads.forward(head, standard(asked)).logits.argmax(-1).numpy() == digits[1][test]).mean())
    assert exact > 0.85
    assert model.score(digits[0][test], digits[1][test]) > exact - 0.03


def test_many_features_take_as_many_arrays_as_their_pairs_need(learned: oh.sklearn.OnChipClassifier) -> None:
    # 65 inputs with the bias x 10 digits x 2 copies = 1,300 pairs, and an array has 32 x 32 = 1,024.
    assert learned.chip_.datasheet.arrays == 2
    assert learned.learner_.shadow[0].shape == (1, 65, 10)


def test_too_few_arrays_are_refused_before_anything_is_written(digits: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(SettingsError, match="1300 pairs"):
        oh.sklearn.OnChipClassifier(arrays=1).fit(*digits)
    assert oh.sklearn.OnChipClassifier(arrays=3).fit(*digits).chip_.datasheet.arrays == 3


def test_the_seed_is_the_chip(digits: tuple[np.ndarray, np.ndarray], learned: oh.sklearn.OnChipClassifier) -> None:
    train, asked = (digits[0][:100], digits[1][:100]), digits[0][100:200]
    again = clone(learned).fit(*train)
    other = oh.sklearn.OnChipClassifier(random_state=1).fit(*train)
    assert np.array_equal(again.decision_function(asked), learned.decision_function(asked))
    assert not np.array_equal(other.decision_function(asked), learned.decision_function(asked))
    devices = oh.SimulatedChips(seed=1, arrays=2).state.records["set_device_offset"]
    assert np.array_equal(other.chip_.state.records["set_device_offset"], devices)
    drawn = [
        oh.sklearn.OnChipClassifier(random_state=np.random.RandomState(5)).fit(*train).decision_function(asked)
        for _ in range(2)
    ]
    assert np.array_equal(*drawn)


def test_asking_leaves_the_chip_as_it_is(
    digits: tuple[np.ndarray, np.ndarray], learned: oh.sklearn.OnChipClassifier
) -> None:
    spent = float(learned.chip_.meter().joules)
    first = learned.decision_function(digits[0])
    assert np.array_equal(learned.decision_function(digits[0]), first)
    assert float(learned.chip_.meter().joules) == spent
    # The chip itself goes on from read to read, and so do its energy and its noise.
    chip = copy.deepcopy(learned).learner_
    features = learned.features_of(digits[0])[None]
    one, other = chip.forward(features).logits, chip.forward(features).logits
    assert np.array_equal(one[0].double().numpy(), first)
    assert not torch.equal(one, other)
    assert float(chip.crossbar.meter().joules) > spent


def test_cost_is_that_of_the_updates(learned: oh.sklearn.OnChipClassifier) -> None:
    assert 0 < learned.energy_joules_ < float(learned.chip_.meter().joules)  # forming costs more than all of them
    assert 0 < learned.cells_written_ <= 5 * 2 * 1300


def test_a_pickled_classifier_answers_the_same(
    digits: tuple[np.ndarray, np.ndarray], learned: oh.sklearn.OnChipClassifier
) -> None:
    answers = pickle.loads(pickle.dumps(learned)).predict_proba(digits[0])
    assert np.array_equal(answers, learned.predict_proba(digits[0]))


def test_a_search_over_its_settings() -> None:
    X, y = load_iris(return_X_y=True)  # noqa: N806
    settings = {"on_chip__learning_rate": [0.001, 1.0], "on_chip__strategy": ["hybrid", "iterative-reset"]}
    pipeline = Pipeline([("scale", StandardScaler()), ("on_chip", oh.sklearn.OnChipClassifier())])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tiny rate leaves all weights at 0
        found = GridSearchCV(pipeline, settings, cv=3, n_jobs=1).fit(X, y)
    assert found.best_params_["on_chip__learning_rate"] == 1.0
    assert found.best_score_ > 0.85


def test_labels_may_be_strings_and_columns_names(digits: tuple[np.ndarray, np.ndarray]) -> None:
    table = pd.DataFrame(digits[0][:200], columns=[f"pixel {n}" for n in range(64)])
    names = np.array([f"digit {n}" for n in digits[1][:200]])
    model = oh.sklearn.OnChipClassifier().fit(table, names)
    assert list(model.classes_) == [f"digit {n}" for n in range(10)]
    assert list(model.feature_names_in_) == list(table.columns)
    assert (model.predict(table) == names).mean() > 0.85


def test_two_classes_have_one_score() -> None:
    X, y = make_blobs(200, 8, centers=2, cluster_std=4.0, random_state=3)  # noqa: N806
    model = oh.sklearn.OnChipClassifier().fit(X, y)
    score, shares = model.decision_function(X), model.predict_proba(X)
    assert score.shape == (200,)
    assert np.array_equal(model.predict(X), (score > 0).astype(int))
    np.testing.assert_allclose(shares[:, 1], 1 / (1 + np.exp(-score)))
    assert model.score(X, y) > 0.9


@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_")  # of NearestCentroid: pixels at the rim are empty
def test_a_class_with_many_examples_does_not_draw_the_answers(digits: tuple[np.ndarray, np.ndarray]) -> None:
    pixels, labels = digits
    train, test = slice(0, 450), slice(450, 900)
    zeros = np.flatnonzero(labels[train] == 0)
    few = np.concatenate([np.flatnonzero(labels[train] == digit)[:3] for digit in range(1, 10)])
    chosen = np.concatenate([zeros[:36], few])  # 36 zeros and three of each other digit
    model = oh.sklearn.OnChipClassifier().fit(pixels[chosen], labels[chosen])
    nearest = NearestCentroid().fit(pixels[chosen], labels[chosen])
    answers = model.predict(pixels[test])
    assert (answers == 0).mean() < 0.15
    chip, means = (balanced_accuracy_score(labels[test], found) for found in (answers, nearest.predict(pixels[test])))
    assert chip > means - 0.04


def test_a_repeated_class_changes_nothing_but_noise() -> None:
    X, y = make_blobs(60, 12, centers=3, random_state=0)  # noqa: N806
    repeated = np.concatenate([np.arange(60), *[np.flatnonzero(y == 1)] * 9])
    model, once = (
        oh.sklearn.OnChipClassifier(technology="ideal").fit(X[rows], y[rows]) for rows in (repeated, np.arange(60))
    )
    np.testing.assert_allclose(
        model.learner_.shadow[0].numpy(), once.learner_.shadow[0].numpy(), rtol=0, atol=0.02 * 0.3 * 32 / 12
    )


def test_features_far_from_zero_keep_their_digits() -> None:
    X, y = make_blobs(90, 6, centers=3, random_state=1)  # noqa: N806
    near, far = (oh.sklearn.OnChipClassifier().fit(X + shift, y) for shift in (0.0, 2.0**30))
    np.testing.assert_allclose(far.features_of(X + 2.0**30), near.features_of(X), atol=1e-5)
    assert far.score(X + 2.0**30, y) == near.score(X, y)


def test_a_bake_that_eats_the_weights_is_told(digits: tuple[np.ndarray, np.ndarray]) -> None:
    train = digits[0][:100], digits[1][:100]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        oh.sklearn.OnChipClassifier(bake_hours=12).fit(*train)
    with pytest.warns(oh.sklearn.ChipBehindWarning, match=r"points below its exact weights .* shorter bake"):
        worn = oh.sklearn.OnChipClassifier(bake_hours=10000, bake_celsius=250).fit(*train)
    fresh = oh.sklearn.OnChipClassifier().fit(*train)
    assert worn.score(*digits) < fresh.score(*digits) - 0.05


def test_a_bundle_of_ones_own() -> None:
    drawings = load_drawings().values[:5]
    flat = drawings.flatten(2).numpy()
    X, y = flat[:, :5].reshape(25, -1), np.arange(5).repeat(5)  # noqa: N806
    model = oh.sklearn.OnChipClassifier(default_bundle(), updates=2).fit(X, y)
    assert model.n_features_in_ == 784
    assert clone(model).bundle.digest == default_bundle().digest
    assert len(model.bundle_.rates) == 2
    assert model.score(flat[:, 50:80].reshape(150, -1), np.arange(5).repeat(30)) > 0.9
    with pytest.raises(DataError, match="28 x 28"):
        oh.sklearn.OnChipClassifier(default_bundle()).fit(X[:, :64], y)
    with pytest.raises(DataError, match="from 0, paper, to 255, ink"):
        oh.sklearn.OnChipClassifier(default_bundle()).fit(X / 255, y)
    with pytest.raises(SettingsError, match="1 to 5 updates"):
        oh.sklearn.OnChipClassifier(default_bundle(), updates=6).fit(X, y)


def test_what_no_chip_can_learn_is_refused(digits: tuple[np.ndarray, np.ndarray]) -> None:
    pixels, labels = digits[0][:50], digits[1][:50]
    classifier = oh.sklearn.OnChipClassifier()
    with pytest.raises(TypeError, match=r"Sparse data was passed.*dense data is required"):
        classifier.fit(scipy.sparse.csr_array(pixels), labels)
    with pytest.raises(DataError, match="one class, 'a'") as refused:
        classifier.fit(pixels, np.full(50, "a"))
    assert isinstance(refused.value, ValueError)
    with pytest.raises(SettingsError, match="no programming strategy 'guess'"):
        oh.sklearn.OnChipClassifier(strategy="guess").fit(pixels, labels)
    with pytest.raises(SettingsError, match="factor above 0"):
        oh.sklearn.OnChipClassifier(learning_rate=-1.0).fit(pixels, labels)
    with pytest.raises(SettingsError, match="A bake takes 0 to"):
        oh.sklearn.OnChipClassifier(bake_hours=-1.0).fit(pixels, labels)


def test_scikit_learn_is_scikit_learns_own() -> None:
    assert importlib.import_module("sklearn").__name__ == "sklearn"
    assert importlib.import_module("ohmshot.sklearn") is oh.sklearn


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[1] / "docs" / "scikit-learn.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    exec(example, {})
    score, chip, folds = capsys.readouterr().out.splitlines()
    assert float(score) > 0.7
    assert chip.startswith("SimulatedChips('leti_hfo2_130nm': 1 chip of 32 x 64 cells)")
    assert len(folds.split()) >= 5
