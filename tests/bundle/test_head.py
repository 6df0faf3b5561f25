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
    found = heads.gradients(activations, labels, head[1])
    torch.testing.assert_close(found[0], wanted[0], rtol=0, atol=1e-9)
    torch.testing.assert_close(found[1], wanted[1], rtol=0, atol=1e-9)


def test_a_second_layer_of_zeros_gives_the_first_layer_no_gradient() -> None:
    head = (torch.randn(16, 9), torch.zeros(10, 5))
    activations = heads.forward(head, torch.randn(25, 15))
    first, second = heads.gradients(activations, torch.arange(5).repeat_interleave(5), head[1])
    assert float(first.abs().max()) == 0
    assert float(second.abs().max()) > 0
