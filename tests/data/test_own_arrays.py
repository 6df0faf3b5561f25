import numpy as np
import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

from ohmshot.data.own_arrays import examples_from
from ohmshot.foundation.errors import DataError


def test_every_class_gives_its_first_examples_as_many_as_the_smallest_has() -> None:
    values = np.arange(10.0).reshape(5, 2)
    examples = examples_from(values, ["b", "a", "b", "a", "b"], name="mine")
    assert examples.class_names == ("a", "b")
    assert examples.values.squeeze(-1).tolist() == [[[2, 3], [6, 7]], [[0, 1], [4, 5]]]
    assert examples.citation == "mine: 2 classes, the first 2 of 2 to 3 examples of each"
    assert examples.group_names == ("a", "b")
    assert examples.group.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "kind", "shape"),
    [
        (torch.zeros(4, 7), "features", (2, 2, 7, 1)),
        (torch.zeros(4, 7, dtype=torch.int64), "features", (2, 2, 7, 1)),
        (torch.zeros(4, 3, 9), "signal", (2, 2, 3, 9)),
        (torch.zeros(4, 3, 5, 6), "image", (2, 2, 3, 5, 6)),
        (torch.zeros(4, 6, 6, dtype=torch.uint8), "drawing", (2, 2, 6, 6)),
    ],
)
def test_shape_and_type_say_what_they_are(values: torch.Tensor, kind: str, shape: tuple[int, ...]) -> None:
    examples = examples_from(values, [0, 1, 0, 1])
    assert examples.kind == kind
    assert tuple(examples.values.shape) == shape


class Pairs(Dataset[tuple[np.ndarray, str]]):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[np.ndarray, str]:
        return np.full(3, index, dtype=np.float32), "odd" if index % 2 else "even"


def test_data_sets_in_the_manner_of_torch() -> None:
    examples = examples_from(Pairs())
    assert examples.class_names == ("even", "odd")
    assert examples.values[:, :, 0, 0].tolist() == [[0, 2], [1, 3]]
    numbered = examples_from(TensorDataset(torch.eye(4), torch.tensor([1, 0, 1, 0])))
    assert numbered.class_names == ("0", "1")


def test_a_class_lies_in_one_group() -> None:
    values, labels = torch.zeros(6, 2), ["a", "b", "c", "a", "b", "c"]
    examples = examples_from(values, labels, groups=["x", "y", "x", "x", "y", "x"])
    assert (examples.group_names, examples.group.tolist()) == (("x", "y"), [0, 1, 0])
    with pytest.raises(DataError, match="class b lies in two groups"):
        examples_from(values, labels, groups=["x", "y", "x", "x", "x", "x"])
    with pytest.raises(DataError, match="as many groups"):
        examples_from(values, labels, groups=["x"])


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (torch.zeros(4, 2), [0, 1, 0], "4 examples need as many labels; there are 3"),
        (torch.zeros(4, 2), [0, 0, 0, 0], "at least two"),
        (torch.zeros(4), [0, 1, 0, 1], r"shape \(4,\)"),
        (torch.full((4, 2), float("nan")), [0, 1, 0, 1], "not finite"),
        (torch.zeros(4, 2), None, "Give the labels"),
        ([1, 2, 3], None, "no labels"),
    ],
)
def test_what_does_not_fit_is_told(values: torch.Tensor | list[int], labels: list[int] | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        examples_from(values, labels)
