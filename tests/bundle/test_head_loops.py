"""The compiled updates are those of the tensor operations that training differentiates through."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle import head_loops
from ohmshot.bundle.head import Activations, Head
from ohmshot.foundation.randomness import generator

MOST = 0.25
TASKS, EXAMPLES, INPUTS, WAYS = 4, 23, 13, 5


def drawn(*shape: int, name: str = "numbers") -> Tensor:
    return torch.randn(shape, generator=generator(1, name))


INPUTS_OF_TASKS = drawn(TASKS, EXAMPLES, INPUTS).relu()
LAYER = 0.2 * drawn(INPUTS + 1, WAYS, name="layer")
LABELS = torch.arange(EXAMPLES) % WAYS
OTHERS = (torch.arange(TASKS * EXAMPLES) ** 2 % WAYS).view(TASKS, EXAMPLES)


def by_tensors(inputs: Tensor, labels: Tensor, layer: Tensor, rates: Sequence[float]) -> list[Tensor]:
    """The same updates in float64."""
    head: Head = (layer.double().expand(len(inputs), *layer.shape),)
    reached = []
    for rate in rates:
        gradient = heads.gradients(heads.forward(head, inputs.double()), labels, head)
        head = heads.clipped(heads.updated(head, gradient, [rate]), [MOST])
        reached.append(head[0].float())
    return reached


@pytest.mark.parametrize("labels", [LABELS, OTHERS])
def test_all_updates_are_those_of_tensor_operations(labels: Tensor) -> None:
    rates = (0.7, 0.2, 1.1)
    found = head_loops.adapted(INPUTS_OF_TASKS, labels, LAYER, rates, MOST)
    for after, wanted in zip(found, by_tensors(INPUTS_OF_TASKS, labels, LAYER, rates), strict=True):
        torch.testing.assert_close(after, wanted, rtol=0, atol=2e-6)
        assert float(after.abs().max()) <= MOST


@pytest.mark.parametrize("labels", [LABELS, OTHERS])
def test_one_update_from_measured_logits_is_that_of_tensor_operations(labels: Tensor) -> None:
    head = (drawn(TASKS, 3, INPUTS + 1, name="fixed"), LAYER.expand(TASKS, *LAYER.shape))
    logits = 20 * drawn(TASKS, EXAMPLES, WAYS, name="measured")
    measured = Activations((drawn(TASKS, EXAMPLES, 2), INPUTS_OF_TASKS), logits)
    precise = Activations(tuple(each.double() for each in measured.inputs), logits.double())
    arguments = (labels, (0.0, 0.9), (2.0, MOST), "cross-entropy", 1)
    found = heads.after_update(head, measured, *arguments)
    wanted = heads.after_update((head[0].double(), head[1].double()), precise, *arguments)
    for layer, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(layer, other.float(), rtol=0, atol=2e-6)


def test_the_first_of_all_updates_is_the_one_from_exact_logits_and_no_batch_changes_a_bit() -> None:
    first, second = head_loops.adapted(INPUTS_OF_TASKS, OTHERS, LAYER, (0.7, 0.7), MOST)
    for task in range(TASKS):
        alone = head_loops.adapted(INPUTS_OF_TASKS[task : task + 1], OTHERS[task], LAYER, (0.7, 0.7), MOST)
        assert torch.equal(alone[:, 0], torch.stack((first, second))[:, task])
    logits = heads.forward((LAYER,), INPUTS_OF_TASKS).logits
    one = head_loops.learned(INPUTS_OF_TASKS, logits, OTHERS, LAYER.expand(TASKS, -1, -1), 0.7, MOST)
    torch.testing.assert_close(one, first, rtol=0, atol=1e-6)


@pytest.mark.parametrize("widths", [(6,), (6, 11), (6, 11, 9)])
def test_as_many_answers_are_right_as_with_tensor_operations(widths: tuple[int, ...]) -> None:
    sizes = list(zip(widths, (*widths[1:], WAYS), strict=True))
    head = tuple(0.5 * drawn(given + 1, width, name=f"layer {given}") for given, width in sizes)
    support, query = drawn(TASKS, EXAMPLES, 6, name="support"), drawn(TASKS, 40, 6, name="query")
    rates, asked = (0.7, 0.3), torch.arange(40) % WAYS
    found = head_loops.right_answers(support, LABELS, query, asked, head, rates, MOST)
    hidden = heads.hidden(head[:-1], support)[-1]
    last = by_tensors(hidden, LABELS, head[-1], rates)[-1]
    answers = heads.forward((last,), heads.hidden(head[:-1], query)[-1]).logits.argmax(-1)
    assert found.tolist() == (answers == asked).sum(1).tolist()
    assert 0 < int(found.sum()) < answers.numel()


def test_logits_of_any_size_give_finite_weights() -> None:
    logits = torch.tensor([[[1e30, -1e30, 0.0]]])
    found = head_loops.learned(torch.ones(1, 1, 2), logits, torch.tensor([1]), torch.zeros(1, 3, 3), 0.25, MOST)
    assert found[0, 0].tolist() == pytest.approx([-0.25, 0.25, 0.0])


def test_a_label_of_no_way_is_refused() -> None:
    with pytest.raises(ValueError, match="none of the classes"):
        head_loops.adapted(INPUTS_OF_TASKS, LABELS + 1, LAYER, (0.7,), MOST)


def test_all_else_is_left_to_tensor_operations() -> None:
    assert head_loops.serve("cross-entropy", 1, LAYER, INPUTS_OF_TASKS)
    assert not head_loops.serve("squared-error", 1, LAYER)
    assert not head_loops.serve("cross-entropy", 2, LAYER)
    assert not head_loops.serve("cross-entropy", 1, LAYER.clone().requires_grad_())
    assert not head_loops.serve("cross-entropy", 1, LAYER.double())
