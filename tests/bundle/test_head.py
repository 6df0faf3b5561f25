import math

import pytest
import torch

from ohmshot.bundle import head as heads


def test_gradients_are_those_of_autograd() -> None:
    torch.manual_seed(0)
    weights = (torch.randn(3, 16, 9, dtype=torch.float64), torch.randn(3, 10, 5, dtype=torch.float64))
    head = tuple(weight.requires_grad_() for weight in weights)
    features, labels = torch.randn(3, 25, 15, dtype=torch.float64), torch.arange(5).repeat_interleave(5)
    activations = heads.forward((head[0], head[1]), features)
    loss = torch.nn.functional.cross_entropy(activations.logits.flatten(0, 1), labels.repeat(3)) * 3
    wanted = torch.autograd.grad(loss, head)
    found = heads.gradients(activations, labels, head)
    torch.testing.assert_close(found[0], wanted[0], rtol=0, atol=1e-9)
    torch.testing.assert_close(found[1], wanted[1], rtol=0, atol=1e-9)


def test_a_second_layer_of_zeros_gives_the_first_layer_no_gradient() -> None:
    head = (torch.randn(16, 9), torch.zeros(10, 5))
    activations = heads.forward(head, torch.randn(25, 15))
    first, second = heads.gradients(activations, torch.arange(5).repeat_interleave(5), head)
    assert float(first.abs().max()) == 0
    assert float(second.abs().max()) > 0


def test_one_update_of_a_head_of_two_units_by_hand() -> None:
    # Hidden: 1 x 1 + 2 x 0.5 = 2, and -1 + 2 - 2 = -1, which the rectifier holds at 0. Logits: 2 x 1 + 0.5, and 0.
    head = (
        torch.tensor([[1.0, -1.0], [0.5, 1.0], [0.0, -2.0]], dtype=torch.float64),
        torch.tensor([[1.0, 0.0], [5.0, 3.0], [0.5, 0.0]], dtype=torch.float64),
    )
    activations = heads.forward(head, torch.tensor([[1.0, 2.0], [1.0, 2.0]], dtype=torch.float64))
    assert activations.inputs[1].tolist() == [[2.0, 0.0]] * 2
    assert activations.logits.tolist() == [[2.5, 0.0]] * 2
    # Class 0 is right; class 1 has the share q = 1 / (1 + e^2.5). The error is (-q, q), and its mean over two equal
    # examples the same. The unit at 0 passes nothing back; the other one passes -q x 1 + q x 0.
    q = 1 / (1 + math.exp(2.5))
    first, second = heads.gradients(activations, torch.tensor([0, 0]), head)
    torch.testing.assert_close(second, q * torch.tensor([[-2.0, 2.0], [0.0, 0.0], [-1.0, 1.0]]).double())
    torch.testing.assert_close(first, q * torch.tensor([[-1.0, 0.0], [-2.0, 0.0], [-1.0, 0.0]]).double())
    new = heads.updated(head, (first, second), torch.tensor([0.5, 2.0]).double())
    assert new[0][:, 0].tolist() == pytest.approx([1 + 0.5 * q, 0.5 + q, 0.5 * q])
    assert new[1][0].tolist() == pytest.approx([1 + 4 * q, -4 * q])
