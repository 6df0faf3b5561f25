from dataclasses import replace

import pytest
import torch

from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.inner_loop import adapted

MODEL = WriteErrorModel((1.0, 2.0), (0.0, 0.5, 1.0), 0.0)


def one_task(*first: float) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([[first]]), torch.zeros(1, 1, 1)


def test_written_weights_lie_on_levels_and_pass_gradients_through() -> None:
    head = one_task(0.1, -0.4, 0.9)
    head[0].requires_grad_()
    written, _ = MODEL.drawn(head, 1, 0, torch.Generator()).initialised(head).actual
    assert written.tolist() == [[[0.0, -0.5, 1.0]]]
    assert torch.autograd.grad(written.sum(), head[0])[0].tolist() == [[[1, 1, 1]]]


def test_only_weights_whose_level_changes_are_written_again() -> None:
    noisy = replace(MODEL, spread=0.1)
    errors = noisy.drawn(one_task(0.0, 0.0), 1, 1, torch.Generator().manual_seed(3))
    before = errors.initialised(one_task(0.5, 0.5))
    after = errors.rewritten(before, one_task(0.6, 0.9), 1)
    assert after.levels[0].tolist() == [[[0.5, 1.0]]]
    assert after.actual[0][0, 0, 0] == before.actual[0][0, 0, 0]
    assert after.actual[0][0, 0, 1] == 1.0 + 0.1 * errors.normal[0][1, 0, 0, 1]


def test_the_share_of_one_process_meets_the_errors_of_the_whole_batch() -> None:
    torch.manual_seed(0)
    head, rates, labels = (torch.randn(4, 6), torch.randn(7, 3)), torch.rand(2, 2), torch.arange(3)
    features = torch.randn(5, 3, 3)
    errors = replace(MODEL, spread=0.1).drawn(head, 5, 2, torch.Generator())
    whole = adapted(head, rates, features, labels, errors=errors).actual
    part = adapted(head, rates, features[2:4], labels, errors=errors.part(slice(2, 4))).actual
    assert torch.equal(whole[0][2:4], part[0])


def test_a_mean_error_moves_a_weight_in_its_own_direction_and_leaves_zero_alone() -> None:
    shifted = replace(MODEL, shift=(0.0, 0.1, 0.2))
    head = (torch.tensor([[[0.0, 0.5, -1.0]]]), torch.tensor([[[1.0]]]))
    actual = shifted.drawn(head, 1, 0, torch.Generator()).initialised(head).actual
    assert actual[0].flatten().tolist() == pytest.approx([0.0, 0.6, -1.2])
    assert actual[1].flatten().tolist() == pytest.approx([1.0 + 0.1 * 2.0])
