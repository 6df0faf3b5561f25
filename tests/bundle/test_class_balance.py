"""More examples of one class than of another."""

import pytest
import torch

from ohmshot.bundle import head as heads
from ohmshot.bundle.class_balance import _on_a_device, divisors, equally_many, mean_over_classes
from ohmshot.bundle.standard import TaskStandard
from ohmshot.foundation.randomness import generator

UNEVEN = torch.tensor([0, 0, 0, 2])


def test_an_example_is_divided_by_those_of_its_class_and_by_the_classes() -> None:
    assert divisors(UNEVEN).tolist() == [6, 6, 6, 2]  # two classes, of three examples and of one
    assert divisors(torch.arange(5).repeat(3)).tolist() == [15] * 15
    assert divisors(torch.tensor([[0, 0, 1], [1, 1, 1]])).tolist() == [[4, 4, 2], [3, 3, 3]]
    assert divisors(UNEVEN, 7).tolist() == [6, 6, 6, 2]
    assert equally_many(torch.tensor([1, 3, 3, 1]))
    assert not equally_many(UNEVEN)


def test_other_devices_divide_alike() -> None:
    labels = torch.randint(0, 4, (50, 9), generator=generator(1, "labels"))
    assert torch.equal(divisors(labels, 5), _on_a_device(labels, 5))


@pytest.mark.parametrize("label", [-1, 5])
def test_a_label_of_no_class_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match="none of the classes"):
        divisors(torch.tensor([0, 1, label]), 5)


def test_every_class_counts_the_same_in_a_mean() -> None:
    values = torch.tensor([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [10.0, 4.0]])
    assert mean_over_classes(values, UNEVEN).tolist() == [[pytest.approx(6.0), 2.0]]  # of 2 and 10, and of 0 and 4


def test_the_standard_is_that_of_equal_classes() -> None:
    # Origin (1 + 3) / 2 = 2; deviations -1, -1, -1 and 1, of size 1.
    standard = TaskStandard.of(torch.tensor([[1.0], [1.0], [1.0], [3.0]]), UNEVEN)
    assert standard.origin.tolist() == [[pytest.approx(2.0)]]
    assert standard.size.tolist() == [[pytest.approx(1.0)]]


def test_repeated_examples_of_a_class_change_no_gradient() -> None:
    features, head = torch.randn(3, 7), (torch.randn(8, 6), torch.randn(7, 3))
    once, again = torch.arange(3), torch.tensor([0, 1, 2, 2, 2, 2, 1])
    wanted = heads.gradients(heads.forward(head, features), once, head)
    found = heads.gradients(heads.forward(head, features[again]), again, head)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_equally_many_examples_give_the_mean_over_all_to_the_last_bit() -> None:
    features, labels, head = torch.randn(4, 35, 9), torch.arange(5).repeat(7), (torch.randn(10, 5),)
    activations = heads.forward(head, features)
    error = (torch.softmax(activations.logits, -1) - torch.nn.functional.one_hot(labels, 5)) / 35
    assert torch.equal(
        heads.gradients(activations, labels, head)[0], heads.product(heads.with_bias_input(features).mT, error)
    )
    plain, given = TaskStandard.of(features), TaskStandard.of(features, labels)
    assert torch.equal(plain.origin, given.origin)
    assert torch.equal(plain.size, given.size)
