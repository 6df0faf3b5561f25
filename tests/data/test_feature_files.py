"""Features that a person computed, in NPY and NPZ files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.data.feature_files import load_feature_examples, load_features, load_labelled_features
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.errors import DataError

VALUES = np.arange(12, dtype=np.float64).reshape(6, 2)
NUMBERS = np.array([10, 2, 10, 2, 10, 2])


def test_features_and_labels_are_read_in_the_order_of_their_classes(tmp_path: Path) -> None:
    np.save(tmp_path / "train.npy", VALUES)
    np.save(tmp_path / "labels.npy", NUMBERS)
    (tmp_path / "labels.txt").write_text("\n".join(f" {label} " for label in NUMBERS) + "\n\n", "utf-8")
    np.savez(tmp_path / "train.npz", features=VALUES, labels=NUMBERS)
    train = tmp_path / "train.npy"
    for features, labels in ((train, "labels.npy"), (train, "labels.txt"), (tmp_path / "train.npz", None)):
        found = load_labelled_features(features, labels and tmp_path / labels)
        assert found.class_names == ("2", "10")  # as numbers, not as words
        assert found.labels.tolist() == [1, 0, 1, 0, 1, 0]
        assert found.values.shape == (6, 2, 1)
        assert found.values.dtype == torch.float32
        assert found.values[3].flatten().tolist() == [6, 7]
        assert found.paths[3] == Path(f"{features}:3")


def test_labels_may_be_words(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", features=VALUES, labels=np.array(["owl", "cat"] * 3))
    assert load_labelled_features(tmp_path / "a.npz").class_names == ("cat", "owl")


@pytest.mark.parametrize(
    ("features", "labels", "said"),
    [
        (VALUES.reshape(3, 2, 2), NUMBERS, "are 3 x 2 x 2; give one row an example"),
        (np.zeros((0, 4)), NUMBERS[:0], "are 0 x 4"),
        (VALUES.astype(complex), NUMBERS, "of the type complex128; give real numbers"),
        (VALUES.astype(str), NUMBERS, "give real numbers"),
        (VALUES > 3, NUMBERS, "of the type bool"),
        (np.where(VALUES == 7, np.nan, VALUES), NUMBERS, "Row 3, column 1 .* holds nan"),
        (np.where(VALUES == 7, 1e300, VALUES), NUMBERS, "Row 3, column 1 .* holds 1e\\+300"),
        (VALUES, NUMBERS[:5], "has 6 examples and .* 5 labels"),
        (VALUES, NUMBERS[:, None], "labels in .* are 6 x 1"),
        (VALUES, NUMBERS / 3, "labels in .* of the type float64; give whole numbers or words"),
        (VALUES, np.array(["a", "", "b", "a", "b", "a"]), "label of row 1 .* is empty"),
        (VALUES, np.array([1, 1, 1, 1, 1, 2]), "The class '2' has 1 example; it needs 2"),
    ],
)
def test_what_was_found_is_said(tmp_path: Path, features: np.ndarray, labels: np.ndarray, said: str) -> None:
    np.savez(tmp_path / "a.npz", features=features, labels=labels)
    with pytest.raises(DataError, match=said):
        load_labelled_features(tmp_path / "a.npz", fewest=2)


def test_what_is_no_such_file_is_named(tmp_path: Path) -> None:
    np.save(tmp_path / "train.npy", VALUES)
    np.savez(tmp_path / "x.npz", x=VALUES, y=NUMBERS)
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", features=np.array([[{}]]), labels=NUMBERS)
    (tmp_path / "text.npy").write_text("1,2", "utf-8")
    (tmp_path / "text.npz").write_text("1,2", "utf-8")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "x.npz").read_bytes()[:200])
    np.savez(tmp_path / "whole.npz", features=VALUES, labels=NUMBERS)
    for name, labels, said in (
        ("train.npy", None, "has no labels. Give them with --labels"),
        ("whole.npz", "train.npy", "has its labels in itself"),
        ("x.npz", None, "holds the arrays x, y; it needs features and labels"),
        ("objects.npy", "train.npy", "is no NPY file of numbers"),
        ("objects.npz", None, "is no NPZ file"),
        ("text.npy", "train.npy", "is no NPY file"),
        ("text.npz", None, "is no NPZ file"),
        ("cut.npz", None, "is no NPZ file"),
        ("none.npz", None, "cannot be read: No such file"),
        ("train.npy", "none.txt", "none.txt cannot be read"),
    ):
        with pytest.raises(DataError, match=said):
            load_labelled_features(tmp_path / name, labels and tmp_path / labels)


def test_features_alone_are_read_from_both(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VALUES)
    np.savez(tmp_path / "a.npz", features=VALUES)
    assert torch.equal(load_features(tmp_path / "a.npy"), load_features(tmp_path / "a.npz"))


def test_a_source_has_as_many_examples_of_each_class_as_the_smallest(tmp_path: Path) -> None:
    labels = np.array([0, 0, 1, 1, 1, 0, 0])
    np.savez(tmp_path / "a.npz", features=np.arange(14).reshape(7, 2), labels=labels)
    found = evaluation_examples("features", tmp_path / "a.npz")
    assert found.values.shape == (2, 3, 2, 1)
    assert found.values[1, :, 0, 0].tolist() == [4, 6, 8]
    assert (found.kind, found.class_names, found.name) == ("features", ("0", "1"), "features of a.npz")
    for wrong in (None, tmp_path):
        with pytest.raises(DataError, match="takes an NPZ file with the arrays features"):
            load_feature_examples(wrong)


def test_classes_that_are_cut_to_the_smallest_are_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", features=VALUES, labels=np.array(["owl", "owl", "owl", "owl", "cat", "cat"]))
    (said,) = load_feature_examples(tmp_path / "a.npz").notes
    assert said.startswith("Its class 'cat' has 2 of up to 4 examples")
    np.savez(tmp_path / "b.npz", features=VALUES, labels=NUMBERS)
    assert load_feature_examples(tmp_path / "b.npz").notes == ()
