import torch

from ohmshot.bundle import head as heads
from ohmshot.meta.inner_loop import adapted

LABELS = torch.arange(5).repeat_interleave(5)


def test_the_inner_loop_is_plain_gradient_descent() -> None:
    torch.manual_seed(1)
    head, rates = (torch.randn(7, 9) * 0.3, torch.randn(10, 5) * 0.3), torch.rand(5, 2) * 0.3
    features = torch.randn(2, 25, 6)
    learned = adapted(head, rates, features, LABELS).actual
    for task in range(2):
        plain = [weights.clone().requires_grad_() for weights in head]
        for step in range(5):
            logits = heads.forward((plain[0], plain[1]), features[task]).logits
            found = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, LABELS), plain)
            plain = [
                (w - rates[step, i] * g).detach().requires_grad_()
                for i, (w, g) in enumerate(zip(plain, found, strict=True))
            ]
        for layer in range(2):
            torch.testing.assert_close(learned[layer][task], plain[layer].detach(), rtol=0, atol=1e-5)


def test_second_order_meta_gradients_agree_with_finite_differences() -> None:
    torch.manual_seed(2)
    features, query = torch.randn(1, 25, 3, dtype=torch.float64), torch.randn(1, 25, 3, dtype=torch.float64)
    second = torch.randn(5, 5, dtype=torch.float64) * 0.3
    rates = torch.full((3, 2), 0.2, dtype=torch.float64)

    def meta_loss(first: torch.Tensor, rate: torch.Tensor) -> torch.Tensor:
        learned = adapted((first, second), rate, features, LABELS).actual
        return torch.nn.functional.cross_entropy(heads.forward(learned, query).logits[0], LABELS)

    first = torch.randn(4, 4, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(meta_loss, (first, rates.requires_grad_()), eps=1e-6, atol=1e-6)
